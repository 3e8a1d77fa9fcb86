PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0003');
CREATE TABLE models (
	id INTEGER NOT NULL, 
	digest VARCHAR(32) NOT NULL, 
	fingerprint VARCHAR(32), 
	kind VARCHAR(16) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	reference TEXT, 
	recipe TEXT, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO models VALUES(1,'ff5ae400ea2e88a2b1c61a72a1648846','ff5ae400ea2e88a2b1c61a72a1648846','base','base','/tmp/f/family0/base',NULL,'2026-11-21 19:23:57.835869');
INSERT INTO models VALUES(2,'87eb3b0c2c36eb13ace2888c526a532b','87eb3b0c2c36eb13ace2888c526a532b','parent','a','/tmp/f/family0/a',NULL,'2026-11-21 19:23:57.838333');
INSERT INTO models VALUES(3,'76b0ba4ff7b4cd9544b436785d73fc0e','76b0ba4ff7b4cd9544b436785d73fc0e','parent','b','/tmp/f/family0/b',NULL,'2026-11-21 19:23:57.852899');
INSERT INTO models VALUES(4,'bcbe6bce589cbe08c55e6b3d9840258c',NULL,'candidate','uniform',NULL,replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:57.942520');
INSERT INTO models VALUES(5,'cb7f13fff1d41a4be2a84d53f4a32550',NULL,'candidate','task_arithmetic',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:57.981196');
INSERT INTO models VALUES(6,'302e70efb5b12c805fc95d703ea6f5ab',NULL,'candidate','ties',NULL,replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:57.995960');
INSERT INTO models VALUES(7,'b137ddd59ec5d261d257eba8c40c5a14',NULL,'candidate','one scale 0.1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.012038');
INSERT INTO models VALUES(8,'cbb8680c7d31b04a6985cb9fdea1952e',NULL,'candidate','one scale 0.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.040344');
INSERT INTO models VALUES(9,'88ebdc010ab5ec46d7586b0ae9676a0d',NULL,'candidate','one scale 0.3',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.056870');
INSERT INTO models VALUES(10,'fee925b492ead0b95b6950037e4e4b12',NULL,'candidate','one scale 0.5',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.080756');
INSERT INTO models VALUES(11,'8ad3aaf970295a790972dcbf48ff036e',NULL,'candidate','one scale 0.6',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.088521');
INSERT INTO models VALUES(12,'7ae8a9a4d0f12ea1aa4534daf219cbc0',NULL,'candidate','one scale 0.7',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.104637');
INSERT INTO models VALUES(13,'fbc2ac42298047cdc02ac29bbad4cddd',NULL,'candidate','one scale 0.8',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.117043');
INSERT INTO models VALUES(14,'40e1d9160e935440519b34005e56520f',NULL,'candidate','one scale 1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.128849');
INSERT INTO models VALUES(15,'4a65934fbf6b96fc47821b259bd7f2c0',NULL,'candidate','one scale 1.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:58.140737');
INSERT INTO models VALUES(16,'927ea6a1b83032e42040ced457158688',NULL,'candidate','model stock',NULL,replace('merge_method: model_stock\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n- model: /tmp/f/family0/b\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:00.391388');
INSERT INTO models VALUES(17,'8ec0732a1549e505bd6e4f20df534c64',NULL,'candidate','trial 17',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:01.049483');
INSERT INTO models VALUES(18,'3f3d0354a4924170443aefab7ac2c4de',NULL,'candidate','trial 18',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:01.455679');
INSERT INTO models VALUES(19,'4573331860e68741286923d43503c6c9',NULL,'candidate','trial 19',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:01.728000');
INSERT INTO models VALUES(20,'8862a40d4000dc005271fd3c9fb0a98e',NULL,'candidate','trial 20',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:02.078856');
INSERT INTO models VALUES(21,'266c23e27cd403c3693f31c217c156d2',NULL,'candidate','optimizer mean',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:02.379475');
INSERT INTO models VALUES(22,'24fe0c18455ac6e35f2fec9b5fcf42f1',NULL,'candidate','without parent a',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),'2026-11-21 19:24:03.929218');
CREATE TABLE lineage (
	child_id INTEGER NOT NULL, 
	parent_id INTEGER NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	weight FLOAT, 
	PRIMARY KEY (child_id, parent_id), 
	FOREIGN KEY(child_id) REFERENCES models (id), 
	FOREIGN KEY(parent_id) REFERENCES models (id)
);
INSERT INTO lineage VALUES(4,2,'parent',1.0);
INSERT INTO lineage VALUES(4,3,'parent',1.0);
INSERT INTO lineage VALUES(5,2,'parent',0.4000000000000000222);
INSERT INTO lineage VALUES(5,3,'parent',0.4000000000000000222);
INSERT INTO lineage VALUES(5,1,'base',NULL);
INSERT INTO lineage VALUES(6,2,'parent',1.0);
INSERT INTO lineage VALUES(6,3,'parent',1.0);
INSERT INTO lineage VALUES(6,1,'base',NULL);
INSERT INTO lineage VALUES(7,2,'parent',0.10000000000000000555);
INSERT INTO lineage VALUES(7,3,'parent',0.10000000000000000555);
INSERT INTO lineage VALUES(7,1,'base',NULL);
INSERT INTO lineage VALUES(8,2,'parent',0.2000000000000000111);
INSERT INTO lineage VALUES(8,3,'parent',0.2000000000000000111);
INSERT INTO lineage VALUES(8,1,'base',NULL);
INSERT INTO lineage VALUES(9,2,'parent',0.29999999999999998889);
INSERT INTO lineage VALUES(9,3,'parent',0.29999999999999998889);
INSERT INTO lineage VALUES(9,1,'base',NULL);
INSERT INTO lineage VALUES(10,2,'parent',0.5);
INSERT INTO lineage VALUES(10,3,'parent',0.5);
INSERT INTO lineage VALUES(10,1,'base',NULL);
INSERT INTO lineage VALUES(11,2,'parent',0.59999999999999997779);
INSERT INTO lineage VALUES(11,3,'parent',0.59999999999999997779);
INSERT INTO lineage VALUES(11,1,'base',NULL);
INSERT INTO lineage VALUES(12,2,'parent',0.69999999999999995559);
INSERT INTO lineage VALUES(12,3,'parent',0.69999999999999995559);
INSERT INTO lineage VALUES(12,1,'base',NULL);
INSERT INTO lineage VALUES(13,2,'parent',0.8000000000000000444);
INSERT INTO lineage VALUES(13,3,'parent',0.8000000000000000444);
INSERT INTO lineage VALUES(13,1,'base',NULL);
INSERT INTO lineage VALUES(14,2,'parent',1.0);
INSERT INTO lineage VALUES(14,3,'parent',1.0);
INSERT INTO lineage VALUES(14,1,'base',NULL);
INSERT INTO lineage VALUES(15,2,'parent',1.1999999999999999555);
INSERT INTO lineage VALUES(15,3,'parent',1.1999999999999999555);
INSERT INTO lineage VALUES(15,1,'base',NULL);
INSERT INTO lineage VALUES(16,2,'parent',0.5);
INSERT INTO lineage VALUES(16,3,'parent',0.5);
INSERT INTO lineage VALUES(16,1,'base',NULL);
INSERT INTO lineage VALUES(17,2,'parent',1.4860160621533695657);
INSERT INTO lineage VALUES(17,3,'parent',0.36106776906534582272);
INSERT INTO lineage VALUES(17,1,'base',NULL);
INSERT INTO lineage VALUES(18,2,'parent',1.1045247116814447263);
INSERT INTO lineage VALUES(18,3,'parent',0.85805404986362188157);
INSERT INTO lineage VALUES(18,1,'base',NULL);
INSERT INTO lineage VALUES(19,2,'parent',0.88683767697238857774);
INSERT INTO lineage VALUES(19,3,'parent',0.94609936172844544266);
INSERT INTO lineage VALUES(19,1,'base',NULL);
INSERT INTO lineage VALUES(20,2,'parent',0.49500346771318720628);
INSERT INTO lineage VALUES(20,3,'parent',0.94201545599347236148);
INSERT INTO lineage VALUES(20,1,'base',NULL);
INSERT INTO lineage VALUES(21,2,'parent',1.0);
INSERT INTO lineage VALUES(21,3,'parent',1.0);
INSERT INTO lineage VALUES(21,1,'base',NULL);
INSERT INTO lineage VALUES(22,2,'parent',0.0);
INSERT INTO lineage VALUES(22,3,'parent',0.94609936172844544266);
INSERT INTO lineage VALUES(22,1,'base',NULL);
CREATE TABLE searches (
	id INTEGER NOT NULL, 
	digest VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	config JSON NOT NULL, 
	genes JSON NOT NULL, 
	goals JSON NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	epoch INTEGER NOT NULL, 
	holder VARCHAR(200), 
	sequence INTEGER NOT NULL, 
	active_s FLOAT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	chosen_trial_id INTEGER, 
	verdict JSON, chosen_at DATETIME, attribution JSON, learned JSON, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO searches VALUES(1,'ca2718583b7db15b0f1ad54cc6707456','finished','{"name": "finished", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"kind": "parameters", "method": ["task_arithmetic"], "method_per": "recipe", "layer_groups": 1, "smooth": false, "filters": [], "bounds": {}, "fixed": {}, "tied": []}, "optimizer": {"name": "cma", "sigma": 0.16666666666666666, "population": null}, "starts": {"soup": true, "model_stock": true, "earlier": true, "descent": null}, "objectives": ["average"], "choose": "average", "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 20, "validation": 4, "report": 10}, "racing": {"method": "paired", "blocks": 20, "error": 0.05}, "items": "fixed", "normalize": "auto", "finalists": 2, "ablations": 1, "budget": {"trials": 4, "hours": null, "usd": null, "patience": null, "target": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "store_limit_s": 600.0, "workers": {"count": null, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null, "deadline_s": null, "gone_limit_s": 900.0, "usd_per_hour": null, "gpu": null}, "sinks": {"prometheus": null, "mlflow": null, "wandb": null}, "seed": 3}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}]','finished',1,NULL,8,7.0007480559943360276,'2026-11-21 19:23:57.794605','2026-11-21 19:24:04.967222','2026-11-21 19:24:04.971864',20,'{"kind": "improvement", "chosen": "trial 19", "score": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 20}, "over_parent": {"over": "b", "score": 0.2333333333333334, "difference": {"mean": 0.7666666666666666, "low": 0.48121767348152705, "high": 1.0343384262119608, "items": 20}}, "over_plain": {"over": "ties", "score": 0.3666666666666667, "difference": {"mean": 0.6333333333333333, "low": 0.34788434014819375, "high": 0.9187823265184729, "items": 20}}, "over_one_scale": {"over": "one scale 1", "score": 0.2666666666666667, "difference": {"mean": 0.7333333333333333, "low": 0.4166693596289695, "high": 1.0499973070376971, "items": 20}}, "sentence": "Improvement: on 20 report items that the search never saw, trial 19 scores 1.000: +0.767 [+0.481, +1.034] over the best parent (b, 0.233), +0.633 [+0.348, +0.919] over the best plain merge (ties, 0.367) and +0.733 [+0.417, +1.050] over one tuned scale (one scale 1, 0.267); 95 % intervals that hold for all 6 comparisons at once.", "tasks": {"letters": {"parent": {"over": "a", "difference": {"mean": 0.6, "low": 0.012615997523027778, "high": 1.1873840024769722, "items": 10}}, "plain": {"over": "ties", "difference": {"mean": 0.3, "low": -0.24944742293520156, "high": 0.8494474229352016, "items": 10}}, "one_scale": {"over": "one scale 1", "difference": {"mean": 0.8, "low": 0.3204029702859092, "high": 1.2795970297140908, "items": 10}}}, "words": {"parent": {"over": "b", "difference": {"mean": 0.8, "low": 0.3204029702859092, "high": 1.259697772285568, "items": 10}}, "plain": {"over": "uniform", "difference": {"mean": 0.8, "low": 0.3204029702859092, "high": 1.2795970297140908, "items": 10}}, "one_scale": {"over": "one scale 1", "difference": {"mean": 0.7, "low": 0.1505525770647984, "high": 1.2494474229352015, "items": 10}}}}, "corrected_for": 6, "unit": "metric", "overfitting": {"search": 1.0, "report": 1.0, "gap": {"mean": 0.0, "low": 0.0, "high": 0.0, "items": 60}, "best": 1.0}}','2026-11-21 19:24:03.894585','{"rows": [{"kind": "parent", "name": "a", "value": 0.8868376769723886, "neutral": 0.0, "gain": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 8}, "tasks": {"letters": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 4}, "words": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 4}}, "trial": 22, "reason": null}, {"kind": "parent", "name": "b", "value": 0.9460993617284454, "neutral": 0.0, "gain": null, "tasks": {}, "trial": null, "reason": "not scored: 1 others went first"}, {"kind": "gene", "name": "weight.a", "value": 0.8868376769723886, "neutral": 0.0, "gain": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 8}, "tasks": {"letters": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 4}, "words": {"mean": 1.0, "low": 1.0, "high": 1.0, "items": 4}}, "trial": 22, "reason": null}, {"kind": "gene", "name": "weight.b", "value": 0.9460993617284454, "neutral": 0.0, "gain": null, "tasks": {}, "trial": null, "reason": "not scored: 1 others went first"}]}',NULL);
INSERT INTO searches VALUES(2,'581d7067afb598488fc1768c2a21913a','früh-beendet','{"name": "fr\u00fch-beendet", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"kind": "parameters", "method": ["task_arithmetic"], "method_per": "recipe", "layer_groups": 1, "smooth": false, "filters": [], "bounds": {}, "fixed": {}, "tied": []}, "optimizer": {"name": "nsga2", "sigma": 0.16666666666666666, "population": null}, "starts": {"soup": true, "model_stock": true, "earlier": true, "descent": null}, "objectives": ["tasks"], "choose": "average", "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 20, "validation": 4, "report": 10}, "racing": {"method": "off", "blocks": 20, "error": 0.05}, "items": "fixed", "normalize": "auto", "finalists": 2, "ablations": 1, "budget": {"trials": 6, "hours": null, "usd": null, "patience": null, "target": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "store_limit_s": 600.0, "workers": {"count": null, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null, "deadline_s": null, "gone_limit_s": 900.0, "usd_per_hour": null, "gpu": null}, "sinks": {"prometheus": null, "mlflow": null, "wandb": null}, "seed": 4}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}]','running',1,'test:1',0,0.5280695559995365329,'2026-11-21 19:24:05.361168','2026-11-21 19:24:05.948961',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE splits (
	search_id INTEGER NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	task VARCHAR(200) NOT NULL, 
	items JSON NOT NULL, 
	PRIMARY KEY (search_id, split, task), 
	FOREIGN KEY(search_id) REFERENCES searches (id)
);
INSERT INTO splits VALUES(1,'search','letters','[29, 26, 0, 42, 39, 38, 19, 21, 10, 3, 57, 52, 37, 46, 12, 5, 2, 32, 43, 25]');
INSERT INTO splits VALUES(1,'search','words','[39, 19, 32, 31, 10, 11, 28, 29, 2, 4, 30, 14, 26, 16, 21, 17, 1, 9, 36, 6]');
INSERT INTO splits VALUES(1,'validation','letters','[33, 9, 35, 7]');
INSERT INTO splits VALUES(1,'validation','words','[5, 25, 8, 0]');
INSERT INTO splits VALUES(1,'report','letters','[8, 54, 41, 47, 53, 36, 44, 56, 27, 4]');
INSERT INTO splits VALUES(1,'report','words','[38, 33, 3, 22, 34, 12, 23, 15, 7, 24]');
INSERT INTO splits VALUES(2,'search','letters','[29, 26, 0, 42, 39, 38, 19, 21, 10, 3, 57, 52, 37, 46, 12, 5, 2, 32, 43, 25]');
INSERT INTO splits VALUES(2,'search','words','[39, 19, 32, 31, 10, 11, 28, 29, 2, 4, 30, 14, 26, 16, 21, 17, 1, 9, 36, 6]');
INSERT INTO splits VALUES(2,'validation','letters','[33, 9, 35, 7]');
INSERT INTO splits VALUES(2,'validation','words','[5, 25, 8, 0]');
INSERT INTO splits VALUES(2,'report','letters','[8, 54, 41, 47, 53, 36, 44, 56, 27, 4]');
INSERT INTO splits VALUES(2,'report','words','[38, 33, 3, 22, 34, 12, 23, 15, 7, 24]');
CREATE TABLE trials (
	id INTEGER NOT NULL, 
	search_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	origin VARCHAR(16) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	point JSON, 
	genome JSON, 
	recipe TEXT NOT NULL, 
	model_id INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	fitness FLOAT, 
	reason TEXT, 
	asked INTEGER, 
	told INTEGER, 
	created_at DATETIME NOT NULL, 
	finished_at DATETIME, error FLOAT, items INTEGER, objectives JSON, 
	PRIMARY KEY (id), 
	UNIQUE (search_id, number), 
	FOREIGN KEY(search_id) REFERENCES searches (id), 
	FOREIGN KEY(model_id) REFERENCES models (id)
);
INSERT INTO trials VALUES(1,1,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:23:57.884748','2026-11-21 19:23:58.348247',NULL,40,'null');
INSERT INTO trials VALUES(2,1,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:23:57.922030','2026-11-21 19:23:58.410054',NULL,40,'null');
INSERT INTO trials VALUES(3,1,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.28333333333333332593,NULL,NULL,NULL,'2026-11-21 19:23:57.936893','2026-11-21 19:23:58.524356',NULL,40,'null');
INSERT INTO trials VALUES(4,1,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'done',0.34999999999999992228,NULL,NULL,NULL,'2026-11-21 19:23:57.968146','2026-11-21 19:23:58.624071',NULL,40,'null');
INSERT INTO trials VALUES(5,1,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:57.981810','2026-11-21 19:23:58.725669',NULL,40,'null');
INSERT INTO trials VALUES(6,1,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:57.996778','2026-11-21 19:23:59.055353',NULL,40,'null');
INSERT INTO trials VALUES(7,1,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:58.012507','2026-11-21 19:23:59.162778',NULL,40,'null');
INSERT INTO trials VALUES(8,1,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'done',0.38333333333333330372,NULL,NULL,NULL,'2026-11-21 19:23:58.040753','2026-11-21 19:23:59.284349',NULL,40,'null');
INSERT INTO trials VALUES(9,1,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:58.057238','2026-11-21 19:23:59.409574',NULL,40,'null');
INSERT INTO trials VALUES(10,1,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:58.065126','2026-11-21 19:23:59.565673',NULL,40,'null');
INSERT INTO trials VALUES(11,1,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'done',0.34999999999999992228,NULL,NULL,NULL,'2026-11-21 19:23:58.081169','2026-11-21 19:23:59.672373',NULL,40,'null');
INSERT INTO trials VALUES(12,1,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:23:58.088858','2026-11-21 19:23:59.807029',NULL,40,'null');
INSERT INTO trials VALUES(13,1,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:58.105090','2026-11-21 19:23:59.918404',NULL,40,'null');
INSERT INTO trials VALUES(14,1,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:58.117451','2026-11-21 19:24:00.043605',NULL,40,'null');
INSERT INTO trials VALUES(15,1,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'done',0.43333333333333334813,NULL,NULL,NULL,'2026-11-21 19:23:58.129310','2026-11-21 19:24:00.147085',NULL,40,'null');
INSERT INTO trials VALUES(16,1,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:23:58.164343','2026-11-21 19:24:00.256499',NULL,40,'null');
INSERT INTO trials VALUES(17,1,16,'start','model stock','null','null',replace('merge_method: model_stock\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n- model: /tmp/f/family0/b\ndtype: float32\n','\n',char(10)),16,'failed',NULL,'out of memory in ''layers.0'', "q" – 100%',NULL,NULL,'2026-11-21 19:24:00.395578','2026-11-21 19:24:00.502517',NULL,NULL,'null');
INSERT INTO trials VALUES(18,1,17,'optimizer','trial 17','[0.990677374768913, 0.24071184604356388]','{"weight.a": 1.4860160621533696, "weight.b": 0.3610677690653458}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),17,'pruned',0.41666666666666662965,NULL,1,2,'2026-11-21 19:24:01.070298','2026-11-21 19:24:01.444697',0.078567420131838622276,32,'null');
INSERT INTO trials VALUES(19,1,18,'optimizer','trial 18','[0.7363498077876298, 0.5720360332424146]','{"weight.a": 1.1045247116814447, "weight.b": 0.8580540498636219}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),18,'pruned',0.0,NULL,3,4,'2026-11-21 19:24:01.461914','2026-11-21 19:24:01.703287',0.0,32,'null');
INSERT INTO trials VALUES(20,1,19,'optimizer','trial 19','[0.5912251179815924, 0.6307329078189636]','{"weight.a": 0.8868376769723886, "weight.b": 0.9460993617284454}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),19,'done',1.0,NULL,5,6,'2026-11-21 19:24:01.728949','2026-11-21 19:24:02.050189',NULL,40,'null');
INSERT INTO trials VALUES(21,1,20,'optimizer','trial 20','[0.33000231180879147, 0.6280103039956483]','{"weight.a": 0.4950034677131872, "weight.b": 0.9420154559934724}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),20,'pruned',0.0,NULL,7,8,'2026-11-21 19:24:02.080232','2026-11-21 19:24:02.346839',0.0,32,'null');
INSERT INTO trials VALUES(22,1,21,'mean','optimizer mean','[0.6666666666666666, 0.6666666666666666]','{"weight.a": 1.0, "weight.b": 1.0}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),21,'done',NULL,NULL,NULL,NULL,'2026-11-21 19:24:02.380018','2026-11-21 19:24:03.012280',NULL,NULL,'null');
INSERT INTO trials VALUES(23,1,22,'ablation','without parent a','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),22,'done',NULL,NULL,NULL,NULL,'2026-11-21 19:24:03.929856','2026-11-21 19:24:04.022629',NULL,NULL,'null');
INSERT INTO trials VALUES(24,2,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:24:05.428895','2026-11-21 19:24:05.884052',NULL,40,'[0.3, 0.25]');
INSERT INTO trials VALUES(25,2,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:24:05.438820','2026-11-21 19:24:05.755001',NULL,40,'[0.5, 0.3]');
INSERT INTO trials VALUES(26,2,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.28333333333333332593,NULL,NULL,NULL,'2026-11-21 19:24:05.447423','2026-11-21 19:24:05.825192',NULL,40,'[0.25, 0.3]');
INSERT INTO trials VALUES(27,2,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.468358',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(28,2,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:24:05.476102','2026-11-21 19:24:05.939325',NULL,40,'[0.25, 0.35]');
INSERT INTO trials VALUES(29,2,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.479266',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(30,2,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.498154',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(31,2,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.515285',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(32,2,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.519112',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(33,2,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.530849',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(34,2,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.538245',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(35,2,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.550027',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(36,2,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.561675',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(37,2,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.568822',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(38,2,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.575889',NULL,NULL,NULL,NULL);
INSERT INTO trials VALUES(39,2,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:24:05.579150',NULL,NULL,NULL,NULL);
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	epoch INTEGER NOT NULL, 
	worker VARCHAR(64), 
	state VARCHAR(16) NOT NULL, 
	reason TEXT, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	merge_s FLOAT, 
	score_s FLOAT, 
	tokens INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO attempts VALUES(1,1,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.170748','2026-11-21 19:23:58.330457',0.013936896000814158469,0.13817937699786853045,200);
INSERT INTO attempts VALUES(2,2,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.357937','2026-11-21 19:23:58.409386',0.018346750002820044755,0.015350763998867478221,200);
INSERT INTO attempts VALUES(3,3,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.448525','2026-11-21 19:23:58.523602',0.026889475004281848669,0.036994743997638579457,200);
INSERT INTO attempts VALUES(4,4,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.548575','2026-11-21 19:23:58.614951',0.042306962997827213257,0.021110695997776929289,200);
INSERT INTO attempts VALUES(5,5,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.631289','2026-11-21 19:23:58.720912',0.036688282001705374568,0.036093001996050588786,200);
INSERT INTO attempts VALUES(6,6,'search',1,'worker','done',NULL,'2026-11-21 19:23:58.741489','2026-11-21 19:23:59.054310',0.26607265899656340479,0.033649916003923863172,200);
INSERT INTO attempts VALUES(7,7,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.068840','2026-11-21 19:23:59.161496',0.044126597000285983085,0.031499935001193080097,200);
INSERT INTO attempts VALUES(8,8,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.168715','2026-11-21 19:23:59.275108',0.057390656998904887586,0.044955381999898236244,200);
INSERT INTO attempts VALUES(9,9,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.288858','2026-11-21 19:23:59.408554',0.07609854199836263433,0.0391391140001360327,200);
INSERT INTO attempts VALUES(10,10,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.464956','2026-11-21 19:23:59.564070',0.031843736003793310374,0.029085891997965518385,200);
INSERT INTO attempts VALUES(11,11,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.567872','2026-11-21 19:23:59.667163',0.062967730002128519117,0.031990930998290423303,200);
INSERT INTO attempts VALUES(12,12,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.709286','2026-11-21 19:23:59.806033',0.048640336004609707742,0.031447245994058903306,200);
INSERT INTO attempts VALUES(13,13,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.817427','2026-11-21 19:23:59.917512',0.04702034399815602228,0.045114359003491699695,200);
INSERT INTO attempts VALUES(14,14,'search',1,'worker','done',NULL,'2026-11-21 19:23:59.928270','2026-11-21 19:24:00.042893',0.059156641000299714505,0.027195203001610934734,200);
INSERT INTO attempts VALUES(15,15,'search',1,'worker','done',NULL,'2026-11-21 19:24:00.049233','2026-11-21 19:24:00.146327',0.060870649002026766538,0.033095951999712269753,200);
INSERT INTO attempts VALUES(16,16,'search',1,'worker','done',NULL,'2026-11-21 19:24:00.156685','2026-11-21 19:24:00.253363',0.065184314000362064689,0.019230268997489474713,200);
INSERT INTO attempts VALUES(17,17,'search',1,'w0','failed','out of memory in ''layers.0'', "q" – 100%','2026-11-21 19:24:00.397311','2026-11-21 19:24:00.502159',NULL,NULL,NULL);
INSERT INTO attempts VALUES(18,18,'search',1,'worker','done',NULL,'2026-11-21 19:24:01.113080','2026-11-21 19:24:01.438506',0.03805275701597565785,0.2226190489818691276,176);
INSERT INTO attempts VALUES(19,19,'search',1,'worker','done',NULL,'2026-11-21 19:24:01.473766','2026-11-21 19:24:01.701764',0.029001098970184102654,0.19134738501452375203,176);
INSERT INTO attempts VALUES(20,20,'search',1,'worker','done',NULL,'2026-11-21 19:24:01.740427','2026-11-21 19:24:02.048637',0.02834726299624890089,0.23174920899327844381,220);
INSERT INTO attempts VALUES(21,21,'search',1,'worker','done',NULL,'2026-11-21 19:24:02.093481','2026-11-21 19:24:02.345019',0.026148552977247163653,0.19205587001488311216,176);
INSERT INTO attempts VALUES(22,2,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.404488','2026-11-21 19:24:02.450543',0.021453877001476939767,0.019741021998925134539,11);
INSERT INTO attempts VALUES(23,3,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.468705','2026-11-21 19:24:02.504576',0.019708300998900085687,0.013063655998848844319,11);
INSERT INTO attempts VALUES(24,4,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.519615','2026-11-21 19:24:02.560614',0.014108054005191661417,0.012158538993389811366,11);
INSERT INTO attempts VALUES(25,5,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.568804','2026-11-21 19:24:02.622727',0.030481895999400876462,0.019780344999162480235,11);
INSERT INTO attempts VALUES(26,6,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.636925','2026-11-21 19:24:02.784365',0.10220986600324977189,0.018695131002459675073,11);
INSERT INTO attempts VALUES(27,15,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.787006','2026-11-21 19:24:02.832916',0.026905866005108691751,0.0058935130000463686883,11);
INSERT INTO attempts VALUES(28,18,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.841596','2026-11-21 19:24:02.888465',0.029657689003215637058,0.013888856003177352249,11);
INSERT INTO attempts VALUES(29,20,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.900849','2026-11-21 19:24:02.945970',0.026131431004614569246,0.015636184994946233928,11);
INSERT INTO attempts VALUES(30,22,'validation',1,'worker','done',NULL,'2026-11-21 19:24:02.955106','2026-11-21 19:24:03.005828',0.024908039995352737605,0.0054610060033155605196,11);
INSERT INTO attempts VALUES(31,2,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.079788','2026-11-21 19:24:03.149090',0.025446572995861060917,0.015015628006949555128,11);
INSERT INTO attempts VALUES(32,3,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.169430','2026-11-21 19:24:03.229566',0.032969435997074469923,0.015057846001582220196,11);
INSERT INTO attempts VALUES(33,4,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.253342','2026-11-21 19:24:03.329433',0.039458859995647799223,0.023452174005797132849,11);
INSERT INTO attempts VALUES(34,5,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.353271','2026-11-21 19:24:03.405922',0.021918222999374847859,0.017889358001411892473,11);
INSERT INTO attempts VALUES(35,20,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.424966','2026-11-21 19:24:03.488661',0.038676490999932866543,0.013517093000700697302,11);
INSERT INTO attempts VALUES(36,20,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.527273','2026-11-21 19:24:03.559056',3.5876000765711069107e-05,0.0037460070016095414757,11);
INSERT INTO attempts VALUES(37,3,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.577894','2026-11-21 19:24:03.637554',0.023645623994525521993,0.021581665001576766371,11);
INSERT INTO attempts VALUES(38,2,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.665126','2026-11-21 19:24:03.724359',0.033175440003105904906,0.018558575997303705662,11);
INSERT INTO attempts VALUES(39,20,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.753848','2026-11-21 19:24:03.824878',0.040683213999727740883,0.012744981999276205897,11);
INSERT INTO attempts VALUES(40,3,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.838858','2026-11-21 19:24:03.873571',0.0079448490068898536264,0.020987446994695346802,11);
INSERT INTO attempts VALUES(41,23,'validation',1,'worker','done',NULL,'2026-11-21 19:24:03.956875','2026-11-21 19:24:04.021527',0.035545990998798515647,0.012739001998852472752,44);
INSERT INTO attempts VALUES(42,1,'probe',1,'worker','done',NULL,'2026-11-21 19:24:04.078387','2026-11-21 19:24:04.161927',0.013889296998968347907,0.032655820999934803694,213);
INSERT INTO attempts VALUES(43,2,'probe',1,'worker','done',NULL,'2026-11-21 19:24:04.172901','2026-11-21 19:24:04.243014',0.037854376998438965529,0.021096440003020688891,213);
INSERT INTO attempts VALUES(44,3,'probe',1,'worker','done',NULL,'2026-11-21 19:24:04.252926','2026-11-21 19:24:04.307049',0.026504437002586200833,0.023948408997966907918,213);
INSERT INTO attempts VALUES(45,20,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.328314','2026-11-21 19:24:04.374801',0.026737682004750240594,0.016436016994703095406,104);
INSERT INTO attempts VALUES(46,1,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.387548','2026-11-21 19:24:04.441941',0.01374401600332930684,0.019564201997127383947,104);
INSERT INTO attempts VALUES(47,2,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.454947','2026-11-21 19:24:04.487106',0.0044393299976945854723,0.022113095998065546154,104);
INSERT INTO attempts VALUES(48,3,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.494055','2026-11-21 19:24:04.540739',0.023266698000952601432,0.012642431000131182372,104);
INSERT INTO attempts VALUES(49,4,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.547979','2026-11-21 19:24:04.588067',0.01347825999982887879,0.0085213849961291998624,104);
INSERT INTO attempts VALUES(50,5,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.596482','2026-11-21 19:24:04.634678',0.01645122500485740602,0.012697874000878073275,104);
INSERT INTO attempts VALUES(51,6,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.644390','2026-11-21 19:24:04.765722',0.092590672997175715863,0.01696427300339564681,104);
INSERT INTO attempts VALUES(52,15,'report',1,'worker','done',NULL,'2026-11-21 19:24:04.777825','2026-11-21 19:24:04.863114',0.041015442999196238815,0.027139412006363272666,104);
INSERT INTO attempts VALUES(53,24,'search',1,'worker','done',NULL,'2026-11-21 19:24:05.596863','2026-11-21 19:24:05.879269',0.016776090997154824435,0.026474391001102048903,200);
INSERT INTO attempts VALUES(54,25,'search',1,'worker','done',NULL,'2026-11-21 19:24:05.601621','2026-11-21 19:24:05.743436',0.01278703100251732394,0.12429438899562228471,200);
INSERT INTO attempts VALUES(55,26,'search',1,'worker','done',NULL,'2026-11-21 19:24:05.768866','2026-11-21 19:24:05.824452',0.019345633998455014079,0.02405332500347867608,200);
INSERT INTO attempts VALUES(56,27,'search',1,NULL,'running',NULL,'2026-11-21 19:24:05.832594',NULL,NULL,NULL,NULL);
INSERT INTO attempts VALUES(57,28,'search',1,'worker','done',NULL,'2026-11-21 19:24:05.885159','2026-11-21 19:24:05.938566',0.023862618996645323932,0.019091109999862965196,200);
INSERT INTO attempts VALUES(58,29,'search',1,NULL,'running',NULL,'2026-11-21 19:24:05.949225',NULL,NULL,NULL,NULL);
CREATE TABLE IF NOT EXISTS "outcomes" (
	trial_id INTEGER NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	task VARCHAR(200) NOT NULL, 
	metric VARCHAR(200) NOT NULL, 
	mean FLOAT NOT NULL, 
	packed BLOB NOT NULL, seen BLOB, 
	PRIMARY KEY (trial_id, split, task, metric), 
	FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO outcomes VALUES(1,'search','letters','acc',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(1,'search','letters','acc_norm',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(1,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(1,'search','words','acc_norm',0.25,X'6214000000219800',NULL);
INSERT INTO outcomes VALUES(2,'search','letters','acc',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(2,'search','letters','acc_norm',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(2,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(2,'search','words','acc_norm',0.29999999999999998889,X'6214000000251180',NULL);
INSERT INTO outcomes VALUES(3,'search','letters','acc',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(3,'search','letters','acc_norm',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(3,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(3,'search','words','acc_norm',0.29999999999999998889,X'6214000000259100',NULL);
INSERT INTO outcomes VALUES(4,'search','letters','acc',0.34999999999999997779,X'6214000000a142a0',NULL);
INSERT INTO outcomes VALUES(4,'search','letters','acc_norm',0.34999999999999997779,X'6214000000a142a0',NULL);
INSERT INTO outcomes VALUES(4,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(4,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
INSERT INTO outcomes VALUES(5,'search','letters','acc',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(5,'search','letters','acc_norm',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(5,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(5,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
INSERT INTO outcomes VALUES(6,'search','letters','acc',0.34999999999999997779,X'6214000000a043c0',NULL);
INSERT INTO outcomes VALUES(6,'search','letters','acc_norm',0.34999999999999997779,X'6214000000a043c0',NULL);
INSERT INTO outcomes VALUES(6,'search','words','acc',0.34999999999999997779,X'6214000000902270',NULL);
INSERT INTO outcomes VALUES(6,'search','words','acc_norm',0.29999999999999998889,X'6214000000521900',NULL);
INSERT INTO outcomes VALUES(7,'search','letters','acc',0.29999999999999998889,X'6214000000a1c020',NULL);
INSERT INTO outcomes VALUES(7,'search','letters','acc_norm',0.29999999999999998889,X'6214000000a1c020',NULL);
INSERT INTO outcomes VALUES(7,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(7,'search','words','acc_norm',0.29999999999999998889,X'6214000000219900',NULL);
INSERT INTO outcomes VALUES(8,'search','letters','acc',0.34999999999999997779,X'6214000000b1c020',NULL);
INSERT INTO outcomes VALUES(8,'search','letters','acc_norm',0.34999999999999997779,X'6214000000b1c020',NULL);
INSERT INTO outcomes VALUES(8,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(8,'search','words','acc_norm',0.4000000000000000222,X'6214000000259920',NULL);
INSERT INTO outcomes VALUES(9,'search','letters','acc',0.2000000000000000111,X'6214000000310200',NULL);
INSERT INTO outcomes VALUES(9,'search','letters','acc_norm',0.2000000000000000111,X'6214000000310200',NULL);
INSERT INTO outcomes VALUES(9,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(9,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
INSERT INTO outcomes VALUES(10,'search','letters','acc',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(10,'search','letters','acc_norm',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(10,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(10,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
INSERT INTO outcomes VALUES(11,'search','letters','acc',0.34999999999999997779,X'6214000000a142a0',NULL);
INSERT INTO outcomes VALUES(11,'search','letters','acc_norm',0.34999999999999997779,X'6214000000a142a0',NULL);
INSERT INTO outcomes VALUES(11,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(11,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
INSERT INTO outcomes VALUES(12,'search','letters','acc',0.29999999999999998889,X'6214000000a140a0',NULL);
INSERT INTO outcomes VALUES(12,'search','letters','acc_norm',0.29999999999999998889,X'6214000000a140a0',NULL);
INSERT INTO outcomes VALUES(12,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(12,'search','words','acc_norm',0.25,X'6214000000250900',NULL);
INSERT INTO outcomes VALUES(13,'search','letters','acc',0.29999999999999998889,X'6214000000a140a0',NULL);
INSERT INTO outcomes VALUES(13,'search','letters','acc_norm',0.29999999999999998889,X'6214000000a140a0',NULL);
INSERT INTO outcomes VALUES(13,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(13,'search','words','acc_norm',0.29999999999999998889,X'6214000000254900',NULL);
INSERT INTO outcomes VALUES(14,'search','letters','acc',0.29999999999999998889,X'6214000000e04180',NULL);
INSERT INTO outcomes VALUES(14,'search','letters','acc_norm',0.29999999999999998889,X'6214000000e04180',NULL);
INSERT INTO outcomes VALUES(14,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(14,'search','words','acc_norm',0.29999999999999998889,X'6214000000251840',NULL);
INSERT INTO outcomes VALUES(15,'search','letters','acc',0.4000000000000000222,X'6214000000e59100',NULL);
INSERT INTO outcomes VALUES(15,'search','letters','acc_norm',0.4000000000000000222,X'6214000000e59100',NULL);
INSERT INTO outcomes VALUES(15,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(15,'search','words','acc_norm',0.4500000000000000111,X'62140000007348c0',NULL);
INSERT INTO outcomes VALUES(16,'search','letters','acc',0.5,X'6214000000c69d40',NULL);
INSERT INTO outcomes VALUES(16,'search','letters','acc_norm',0.5,X'6214000000c69d40',NULL);
INSERT INTO outcomes VALUES(16,'search','words','acc',0.34999999999999997779,X'62140000008022f0',NULL);
INSERT INTO outcomes VALUES(16,'search','words','acc_norm',0.29999999999999998889,X'6214000000710880',NULL);
INSERT INTO outcomes VALUES(18,'search','letters','acc',0.3125,X'62100000003320',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(18,'search','letters','acc_norm',0.3125,X'62100000003320',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(18,'search','words','acc',0.25,X'62100000008007',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(18,'search','words','acc_norm',0.375,X'6210000000284b',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(19,'search','letters','acc',0.0,X'62100000000000',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(19,'search','letters','acc_norm',0.0,X'62100000000000',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(19,'search','words','acc',0.0,X'62100000000000',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(19,'search','words','acc_norm',0.0,X'62100000000000',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(20,'search','letters','acc',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','letters','acc_norm',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','words','acc',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','words','acc_norm',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(21,'search','letters','acc',0.0,X'62100000000000',X'6214000000fabfe0');
INSERT INTO outcomes VALUES(21,'search','letters','acc_norm',0.0,X'62100000000000',X'6214000000fabfe0');
INSERT INTO outcomes VALUES(21,'search','words','acc',0.0,X'62100000000000',X'6214000000bffc70');
INSERT INTO outcomes VALUES(21,'search','words','acc_norm',0.0,X'62100000000000',X'6214000000bffc70');
INSERT INTO outcomes VALUES(2,'validation','letters','acc',0.66666666666666662965,X'6203000000a0',X'6204000000e0');
INSERT INTO outcomes VALUES(2,'validation','letters','acc_norm',0.66666666666666662965,X'6203000000a0',X'6204000000e0');
INSERT INTO outcomes VALUES(2,'validation','words','acc',0.0,X'620300000000',X'6204000000e0');
INSERT INTO outcomes VALUES(2,'validation','words','acc_norm',0.33333333333333331482,X'620300000080',X'6204000000e0');
INSERT INTO outcomes VALUES(3,'validation','letters','acc',0.75,X'6204000000e0',NULL);
INSERT INTO outcomes VALUES(3,'validation','letters','acc_norm',0.75,X'6204000000e0',NULL);
INSERT INTO outcomes VALUES(3,'validation','words','acc',0.25,X'620400000010',NULL);
INSERT INTO outcomes VALUES(3,'validation','words','acc_norm',0.5,X'6204000000a0',NULL);
INSERT INTO outcomes VALUES(4,'validation','letters','acc',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(4,'validation','letters','acc_norm',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(4,'validation','words','acc',0.0,X'620200000000',X'6204000000c0');
INSERT INTO outcomes VALUES(4,'validation','words','acc_norm',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(5,'validation','letters','acc',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(5,'validation','letters','acc_norm',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(5,'validation','words','acc',0.0,X'620200000000',X'6204000000c0');
INSERT INTO outcomes VALUES(5,'validation','words','acc_norm',0.5,X'620200000080',X'6204000000c0');
INSERT INTO outcomes VALUES(6,'validation','letters','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(6,'validation','letters','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(6,'validation','words','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(6,'validation','words','acc_norm',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(15,'validation','letters','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(15,'validation','letters','acc_norm',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(15,'validation','words','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(15,'validation','words','acc_norm',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(18,'validation','letters','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(18,'validation','letters','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(18,'validation','words','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(18,'validation','words','acc_norm',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(20,'validation','letters','acc',1.0,X'6204000000f0',NULL);
INSERT INTO outcomes VALUES(20,'validation','letters','acc_norm',1.0,X'6204000000f0',NULL);
INSERT INTO outcomes VALUES(20,'validation','words','acc',1.0,X'6204000000f0',NULL);
INSERT INTO outcomes VALUES(20,'validation','words','acc_norm',1.0,X'6204000000f0',NULL);
INSERT INTO outcomes VALUES(22,'validation','letters','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(22,'validation','letters','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(22,'validation','words','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(22,'validation','words','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(23,'validation','letters','acc',0.0,X'620400000000',NULL);
INSERT INTO outcomes VALUES(23,'validation','letters','acc_norm',0.0,X'620400000000',NULL);
INSERT INTO outcomes VALUES(23,'validation','words','acc',0.0,X'620400000000',NULL);
INSERT INTO outcomes VALUES(23,'validation','words','acc_norm',0.0,X'620400000000',NULL);
INSERT INTO outcomes VALUES(1,'probe','letters','items',-0.34556096792221069335,X'6609000000d8000fbf8781673fc0f14abdf003273ea085c83e32bbe83fc2b76cc0c0bf6abe79f4ecbf',NULL);
INSERT INTO outcomes VALUES(1,'probe','letters','items spread',0.81680619575414992183,X'660900000086680240f35fe13f932f983faa5d583eb21eb93e0ec9b63e0be1e23d4da9843f7ce1923e',NULL);
INSERT INTO outcomes VALUES(1,'probe','words','items',-0.49580417573451995849,X'6608000000248288bfe68a76bf4e122a3fc4b9313f100192be402bd9bc948d09c0e2a455bf',NULL);
INSERT INTO outcomes VALUES(1,'probe','words','items spread',0.93558802905116655868,X'66080000003c75ee3ccc76a93f46fa963fae8dc13fd10f433fc321ac3f231f373ff0311e3f',NULL);
INSERT INTO outcomes VALUES(2,'probe','letters','items',0.3363841507169935685,X'660900000020a926bfecf1304075c230408ee503c06e90763fa6d44f3f2479a43e2ef70dbf9a1aaabf',NULL);
INSERT INTO outcomes VALUES(2,'probe','letters','items spread',1.189772096962719905,X'6609000000ef8c033ee32e0f4002782e40ddb2823febb4963e77a3023f7f07b73f53aab63f0af66e3f',NULL);
INSERT INTO outcomes VALUES(2,'probe','words','items',0.6919170767068862915,X'6608000000d062603f56a8383f0d1da73fa4cd8fbf40972340b0572a3ebc748bbea714a73f',NULL);
INSERT INTO outcomes VALUES(2,'probe','words','items spread',0.82041980566669303609,X'66080000009efd663e69838b3edd779e3d4bef303fa8350f400befd73ffb0c953fd0a8543e',NULL);
INSERT INTO outcomes VALUES(3,'probe','letters','items',-1.1114796267615423275,X'66090000007424afbe18eb9bbf3b9814c0890edebfed3fa8bfbe90313f1070d53e929262bf540a53c0',NULL);
INSERT INTO outcomes VALUES(3,'probe','letters','items spread',1.1360067859442553039,X'660900000034a2ae3f2a12353f4a322a4071ee583eaaf3df3e893ddc3e0ee1143e5a967340e9acec3e',NULL);
INSERT INTO outcomes VALUES(3,'probe','words','items',-0.43480743467807769775,X'6608000000827941bf50a9f73e48d6bebf2c1aa1be00092dbc4921da3f4d64e2bfd3b1a9bf',NULL);
INSERT INTO outcomes VALUES(3,'probe','words','items spread',0.92390475405655270169,X'6608000000a2a1d93f5f61873f17a93d3f89293d3f62f5753d86c70a4095d9fe3ea8cada3e',NULL);
INSERT INTO outcomes VALUES(20,'report','letters','acc',1.0,X'620a000000ffc0',NULL);
INSERT INTO outcomes VALUES(20,'report','letters','acc_norm',1.0,X'620a000000ffc0',NULL);
INSERT INTO outcomes VALUES(20,'report','words','acc',1.0,X'620a000000ffc0',NULL);
INSERT INTO outcomes VALUES(20,'report','words','acc_norm',1.0,X'620a000000ffc0',NULL);
INSERT INTO outcomes VALUES(1,'report','letters','acc',0.2000000000000000111,X'620a0000000280',NULL);
INSERT INTO outcomes VALUES(1,'report','letters','acc_norm',0.2000000000000000111,X'620a0000000280',NULL);
INSERT INTO outcomes VALUES(1,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(1,'report','words','acc_norm',0.29999999999999998889,X'620a0000009200',NULL);
INSERT INTO outcomes VALUES(2,'report','letters','acc',0.4000000000000000222,X'620a0000003600',NULL);
INSERT INTO outcomes VALUES(2,'report','letters','acc_norm',0.4000000000000000222,X'620a0000003600',NULL);
INSERT INTO outcomes VALUES(2,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(2,'report','words','acc_norm',0.10000000000000000555,X'620a0000008000',NULL);
INSERT INTO outcomes VALUES(3,'report','letters','acc',0.29999999999999998889,X'620a0000005200',NULL);
INSERT INTO outcomes VALUES(3,'report','letters','acc_norm',0.29999999999999998889,X'620a0000005200',NULL);
INSERT INTO outcomes VALUES(3,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(3,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(4,'report','letters','acc',0.10000000000000000555,X'620a0000008000',NULL);
INSERT INTO outcomes VALUES(4,'report','letters','acc_norm',0.10000000000000000555,X'620a0000008000',NULL);
INSERT INTO outcomes VALUES(4,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(4,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(5,'report','letters','acc',0.10000000000000000555,X'620a0000008000',NULL);
INSERT INTO outcomes VALUES(5,'report','letters','acc_norm',0.10000000000000000555,X'620a0000008000',NULL);
INSERT INTO outcomes VALUES(5,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(5,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(6,'report','letters','acc',0.69999999999999995559,X'620a000000bf00',NULL);
INSERT INTO outcomes VALUES(6,'report','letters','acc_norm',0.69999999999999995559,X'620a000000bf00',NULL);
INSERT INTO outcomes VALUES(6,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(6,'report','words','acc_norm',0.2000000000000000111,X'620a0000008100',NULL);
INSERT INTO outcomes VALUES(15,'report','letters','acc',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(15,'report','letters','acc_norm',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(15,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(15,'report','words','acc_norm',0.29999999999999998889,X'620a0000001a00',NULL);
INSERT INTO outcomes VALUES(25,'search','letters','acc',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(25,'search','letters','acc_norm',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(25,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(25,'search','words','acc_norm',0.29999999999999998889,X'6214000000251180',NULL);
INSERT INTO outcomes VALUES(26,'search','letters','acc',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(26,'search','letters','acc_norm',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(26,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(26,'search','words','acc_norm',0.29999999999999998889,X'6214000000259100',NULL);
INSERT INTO outcomes VALUES(24,'search','letters','acc',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(24,'search','letters','acc_norm',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(24,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(24,'search','words','acc_norm',0.25,X'6214000000219800',NULL);
INSERT INTO outcomes VALUES(28,'search','letters','acc',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(28,'search','letters','acc_norm',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(28,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(28,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
CREATE INDEX ix_models_fingerprint ON models (fingerprint);
CREATE INDEX ix_lineage_parent_id ON lineage (parent_id);
CREATE INDEX ix_searches_name ON searches (name);
CREATE INDEX ix_trials_model_id ON trials (model_id);
CREATE INDEX ix_trials_search_state ON trials (search_id, state);
CREATE INDEX ix_attempts_trial_id ON attempts (trial_id);
COMMIT;
