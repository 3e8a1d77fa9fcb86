"""`evolve score` and its options."""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.options import AsJson, Device, Dtype, OnDevice
from evolve.cli.printing import print_json, stages, watched


def score(
    model: Annotated[
        str,
        typer.Argument(
            help="A folder, org/name@revision of the Hugging Face hub, base+adapter of such, or "
            "the YAML of a recipe.",
            show_default=False,
        ),
    ],
    task: Annotated[
        list[str], typer.Option(help="A task, group or tag of lm-eval.", show_default=False)
    ],
    tasks_from: Annotated[
        list[Path] | None,
        typer.Option(help="A folder with tasks of your own.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many items of each task.")
    ] = None,
    num_fewshot: Annotated[
        int | None, typer.Option(min=0, help="Examples in every prompt; the task's own number.")
    ] = None,
    chat_template: Annotated[
        bool, typer.Option("--chat-template", help="Prompts in the tokenizer's chat template.")
    ] = False,
    one_turn: Annotated[
        bool, typer.Option("--one-turn", help="In a chat, all few-shot examples in one turn.")
    ] = False,
    system_instruction: Annotated[
        str | None, typer.Option(help="What every prompt begins with.")
    ] = None,
    dtype: Annotated[
        Dtype | None, typer.Option(help="Of weights and arithmetic; the checkpoint's own.")
    ] = None,
    device: OnDevice = Device.auto,
    threads: Annotated[int | None, typer.Option(min=1, help="Of the CPU.")] = None,
    batch_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Positions per forward pass; by the free memory."),
    ] = None,
    allow_task_code: Annotated[
        bool, typer.Option("--allow-task-code", help="Tasks may run code: you trust them.")
    ] = False,
    items: Annotated[
        bool, typer.Option("--items", help="With --json: also the outcomes of every item.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Score a model on lm-eval tasks as lm-eval does, with the machinery of a search."""
    from evolve.cli.scoring import Wanted, score_table, score_title
    from evolve.cli.scoring import score as score_model

    wanted = Wanted(
        task,
        tasks_from or (),
        limit,
        num_fewshot,
        chat_template,
        not one_turn,
        system_instruction,
        allow_task_code,
    )
    with watched(json_) as console, stages(console) as report, redirect_stdout(io.StringIO()):
        found = score_model(
            model,
            wanted,
            dtype=None if dtype is None else dtype.value,
            device=device.value,
            threads=threads,
            batch_tokens=batch_tokens,
            items=items,
            report=report,
        )
    if json_:
        print_json(found)
        return
    from evolve.cli.tables import make_console

    console = make_console()
    console.print(score_title(found), highlight=False, soft_wrap=True)
    console.print(score_table(found))
