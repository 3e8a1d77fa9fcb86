"""Rows -> Plotly figures, a file per family of charts; `ui.figures` lists them all.

frame.py   what all charts share: size, grid, background, hover
"""
