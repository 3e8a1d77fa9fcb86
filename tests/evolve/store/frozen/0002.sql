PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0002');
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
INSERT INTO models VALUES(1,'ff5ae400ea2e88a2b1c61a72a1648846','ff5ae400ea2e88a2b1c61a72a1648846','base','base','/tmp/f/family0/base',NULL,'2026-11-21 19:23:17.818371');
INSERT INTO models VALUES(2,'87eb3b0c2c36eb13ace2888c526a532b','87eb3b0c2c36eb13ace2888c526a532b','parent','a','/tmp/f/family0/a',NULL,'2026-11-21 19:23:17.836200');
INSERT INTO models VALUES(3,'76b0ba4ff7b4cd9544b436785d73fc0e','76b0ba4ff7b4cd9544b436785d73fc0e','parent','b','/tmp/f/family0/b',NULL,'2026-11-21 19:23:17.840915');
INSERT INTO models VALUES(4,'bcbe6bce589cbe08c55e6b3d9840258c',NULL,'candidate','uniform',NULL,replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.907247');
INSERT INTO models VALUES(5,'cb7f13fff1d41a4be2a84d53f4a32550',NULL,'candidate','task_arithmetic',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.927276');
INSERT INTO models VALUES(6,'302e70efb5b12c805fc95d703ea6f5ab',NULL,'candidate','ties',NULL,replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.939293');
INSERT INTO models VALUES(7,'b137ddd59ec5d261d257eba8c40c5a14',NULL,'candidate','one scale 0.1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.950817');
INSERT INTO models VALUES(8,'cbb8680c7d31b04a6985cb9fdea1952e',NULL,'candidate','one scale 0.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.959219');
INSERT INTO models VALUES(9,'88ebdc010ab5ec46d7586b0ae9676a0d',NULL,'candidate','one scale 0.3',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.969734');
INSERT INTO models VALUES(10,'fee925b492ead0b95b6950037e4e4b12',NULL,'candidate','one scale 0.5',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:17.998999');
INSERT INTO models VALUES(11,'8ad3aaf970295a790972dcbf48ff036e',NULL,'candidate','one scale 0.6',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:18.007094');
INSERT INTO models VALUES(12,'7ae8a9a4d0f12ea1aa4534daf219cbc0',NULL,'candidate','one scale 0.7',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:18.023843');
INSERT INTO models VALUES(13,'fbc2ac42298047cdc02ac29bbad4cddd',NULL,'candidate','one scale 0.8',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:18.034735');
INSERT INTO models VALUES(14,'40e1d9160e935440519b34005e56520f',NULL,'candidate','one scale 1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:18.042878');
INSERT INTO models VALUES(15,'4a65934fbf6b96fc47821b259bd7f2c0',NULL,'candidate','one scale 1.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:18.055412');
INSERT INTO models VALUES(16,'8ec0732a1549e505bd6e4f20df534c64',NULL,'candidate','trial 16',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:19.358764');
INSERT INTO models VALUES(17,'3f3d0354a4924170443aefab7ac2c4de',NULL,'candidate','trial 17',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:19.472076');
INSERT INTO models VALUES(18,'4573331860e68741286923d43503c6c9',NULL,'candidate','trial 18',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:19.792176');
INSERT INTO models VALUES(19,'8862a40d4000dc005271fd3c9fb0a98e',NULL,'candidate','trial 19',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:20.005967');
INSERT INTO models VALUES(20,'266c23e27cd403c3693f31c217c156d2',NULL,'candidate','optimizer mean',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:23:20.259070');
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
INSERT INTO lineage VALUES(16,2,'parent',1.4860160621533695657);
INSERT INTO lineage VALUES(16,3,'parent',0.36106776906534582272);
INSERT INTO lineage VALUES(16,1,'base',NULL);
INSERT INTO lineage VALUES(17,2,'parent',1.1045247116814447263);
INSERT INTO lineage VALUES(17,3,'parent',0.85805404986362188157);
INSERT INTO lineage VALUES(17,1,'base',NULL);
INSERT INTO lineage VALUES(18,2,'parent',0.88683767697238857774);
INSERT INTO lineage VALUES(18,3,'parent',0.94609936172844544266);
INSERT INTO lineage VALUES(18,1,'base',NULL);
INSERT INTO lineage VALUES(19,2,'parent',0.49500346771318720628);
INSERT INTO lineage VALUES(19,3,'parent',0.94201545599347236148);
INSERT INTO lineage VALUES(19,1,'base',NULL);
INSERT INTO lineage VALUES(20,2,'parent',1.0);
INSERT INTO lineage VALUES(20,3,'parent',1.0);
INSERT INTO lineage VALUES(20,1,'base',NULL);
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
	verdict JSON, chosen_at DATETIME, attribution JSON, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO searches VALUES(1,'4257666af26bd50f68796ca0aa3a5b5d','finished','{"name": "finished", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"method": ["task_arithmetic"], "layer_groups": 1, "filters": [], "bounds": {}, "fixed": {}}, "optimizer": {"name": "cma", "sigma": 0.16666666666666666, "population": null}, "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 20, "validation": 4, "report": 10}, "racing": {"method": "paired", "blocks": 20, "error": 0.05}, "items": "fixed", "normalize": "auto", "finalists": 2, "ablations": 1, "budget": {"trials": 4, "hours": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "workers": {"count": 1, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null}, "seed": 3}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}]','finished',1,NULL,8,4.0022670600010314956,'2026-11-21 19:23:17.792300','2026-11-21 19:23:21.909720','2026-11-21 19:23:21.910187',3,'{"kind": "no improvement", "chosen": "b", "score": {"mean": 0.23333333333333334, "low": 0.06666666666666667, "high": 0.43333333333333335, "items": 20}, "over_parent": {"over": "b", "score": 0.23333333333333334, "difference": {"mean": 0.0, "low": -0.19983738996290132, "high": 0.0, "items": 20}}, "over_plain": {"over": "ties", "score": 0.3666666666666667, "difference": {"mean": -0.13333333333333333, "low": -0.45772725810338544, "high": 0.1910605914367188, "items": 20}}, "over_one_scale": {"over": "one scale 1", "score": 0.26666666666666666, "difference": {"mean": -0.03333333333333333, "low": -0.3940266387508318, "high": 0.3273599720841652, "items": 20}}, "sentence": "No improvement: on validation items no recipe did better than the parent b; on 20 report items it scores 0.233: -0.133 [-0.458, +0.191] over the best plain merge (ties, 0.367) and -0.033 [-0.394, +0.327] over one tuned scale (one scale 1, 0.267); 95 % intervals that hold for all 5 comparisons at once.", "tasks": {"letters": {"parent": {"over": "a", "difference": {"mean": -0.1, "low": -0.7028850699204565, "high": 0.0, "items": 10}}, "plain": {"over": "ties", "difference": {"mean": -0.4, "low": -1.1426118383542327, "high": 0.3426118383542326, "items": 10}}, "one_scale": {"over": "one scale 1", "difference": {"mean": 0.1, "low": -0.5028850699204566, "high": 0.7028850699204565, "items": 10}}}, "words": {"parent": {"over": "b", "difference": {"mean": 0.0, "low": -0.23585884082232425, "high": 0.0, "items": 10}}, "plain": {"over": "uniform", "difference": {"mean": 0.0, "low": -0.5006687992819989, "high": 0.0, "items": 10}}, "one_scale": {"over": "one scale 1", "difference": {"mean": -0.1, "low": -0.7028850699204565, "high": 0.5028850699204566, "items": 10}}}}, "corrected_for": 5, "unit": "metric", "overfitting": {"search": 0.2833333333333333, "report": 0.23333333333333334, "gap": {"mean": 0.04999999999999999, "low": -0.19999999999999998, "high": 0.2833333333333333, "items": 60}, "best": 1.0}}','2026-11-21 19:23:21.220338',NULL);
INSERT INTO searches VALUES(2,'5ea73e7502a34beb3edde38e3ac72142','früh-beendet','{"name": "fr\u00fch-beendet", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"method": ["task_arithmetic"], "layer_groups": 1, "filters": [], "bounds": {}, "fixed": {}}, "optimizer": {"name": "cma", "sigma": 0.16666666666666666, "population": null}, "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 20, "validation": 4, "report": 10}, "racing": {"method": "paired", "blocks": 20, "error": 0.05}, "items": "fixed", "normalize": "auto", "finalists": 2, "ablations": 1, "budget": {"trials": 6, "hours": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "workers": {"count": 1, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null}, "seed": 4}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true, "zero": 0.0, "unit": 1.0}]','running',1,'test:1',0,0.42167218899703584611,'2026-11-21 19:23:22.138810','2026-11-21 19:23:22.620622',NULL,NULL,NULL,NULL,NULL);
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
	finished_at DATETIME, error FLOAT, items INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE (search_id, number), 
	FOREIGN KEY(search_id) REFERENCES searches (id), 
	FOREIGN KEY(model_id) REFERENCES models (id)
);
INSERT INTO trials VALUES(1,1,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:23:17.867233','2026-11-21 19:23:18.176055',NULL,40);
INSERT INTO trials VALUES(2,1,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:23:17.883246','2026-11-21 19:23:18.218004',NULL,40);
INSERT INTO trials VALUES(3,1,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.28333333333333332593,NULL,NULL,NULL,'2026-11-21 19:23:17.894390','2026-11-21 19:23:18.283790',NULL,40);
INSERT INTO trials VALUES(4,1,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'done',0.34999999999999992228,NULL,NULL,NULL,'2026-11-21 19:23:17.920829','2026-11-21 19:23:18.365680',NULL,40);
INSERT INTO trials VALUES(5,1,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:17.927606','2026-11-21 19:23:18.442347',NULL,40);
INSERT INTO trials VALUES(6,1,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:17.939613','2026-11-21 19:23:18.625149',NULL,40);
INSERT INTO trials VALUES(7,1,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:17.951146','2026-11-21 19:23:18.666999',NULL,40);
INSERT INTO trials VALUES(8,1,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'done',0.38333333333333330372,NULL,NULL,NULL,'2026-11-21 19:23:17.963857','2026-11-21 19:23:18.714440',NULL,40);
INSERT INTO trials VALUES(9,1,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:17.970047','2026-11-21 19:23:18.773759',NULL,40);
INSERT INTO trials VALUES(10,1,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:17.988916','2026-11-21 19:23:18.877356',NULL,40);
INSERT INTO trials VALUES(11,1,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'done',0.34999999999999992228,NULL,NULL,NULL,'2026-11-21 19:23:17.999321','2026-11-21 19:23:18.932696',NULL,40);
INSERT INTO trials VALUES(12,1,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:23:18.007417','2026-11-21 19:23:18.977647',NULL,40);
INSERT INTO trials VALUES(13,1,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:18.024450','2026-11-21 19:23:19.047512',NULL,40);
INSERT INTO trials VALUES(14,1,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'done',0.29999999999999998889,NULL,NULL,NULL,'2026-11-21 19:23:18.035056','2026-11-21 19:23:19.125552',NULL,40);
INSERT INTO trials VALUES(15,1,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'done',0.43333333333333334813,NULL,NULL,NULL,'2026-11-21 19:23:18.043321','2026-11-21 19:23:19.225259',NULL,40);
INSERT INTO trials VALUES(16,1,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:23:18.060300','2026-11-21 19:23:19.273804',NULL,40);
INSERT INTO trials VALUES(17,1,16,'optimizer','trial 16','[0.990677374768913, 0.24071184604356388]','{"weight.a": 1.4860160621533696, "weight.b": 0.3610677690653458}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),16,'failed',NULL,'out of memory in ''layers.0'', "q" – 100%',1,2,'2026-11-21 19:23:19.369741','2026-11-21 19:23:19.453919',NULL,NULL);
INSERT INTO trials VALUES(18,1,17,'optimizer','trial 17','[0.7363498077876298, 0.5720360332424146]','{"weight.a": 1.1045247116814447, "weight.b": 0.8580540498636219}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),17,'done',0.43333333333333334813,NULL,3,4,'2026-11-21 19:23:19.473362','2026-11-21 19:23:19.766489',NULL,40);
INSERT INTO trials VALUES(19,1,18,'optimizer','trial 18','[0.5912251179815924, 0.6307329078189636]','{"weight.a": 0.8868376769723886, "weight.b": 0.9460993617284454}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),18,'pruned',0.0,NULL,5,6,'2026-11-21 19:23:19.793330','2026-11-21 19:23:19.993224',0.0,32);
INSERT INTO trials VALUES(20,1,19,'optimizer','trial 19','[0.33000231180879147, 0.6280103039956483]','{"weight.a": 0.4950034677131872, "weight.b": 0.9420154559934724}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),19,'done',1.0,NULL,7,8,'2026-11-21 19:23:20.007197','2026-11-21 19:23:20.231545',NULL,40);
INSERT INTO trials VALUES(21,1,20,'mean','optimizer mean','[0.6666666666666666, 0.6666666666666666]','{"weight.a": 1.0, "weight.b": 1.0}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),20,'done',NULL,NULL,NULL,NULL,'2026-11-21 19:23:20.259445','2026-11-21 19:23:20.753637',NULL,NULL);
INSERT INTO trials VALUES(22,2,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.26666666666666666296,NULL,NULL,NULL,'2026-11-21 19:23:22.207049','2026-11-21 19:23:22.564592',NULL,40);
INSERT INTO trials VALUES(23,2,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.36666666666666669627,NULL,NULL,NULL,'2026-11-21 19:23:22.222822','2026-11-21 19:23:22.471815',NULL,40);
INSERT INTO trials VALUES(24,2,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.28333333333333332593,NULL,NULL,NULL,'2026-11-21 19:23:22.234293','2026-11-21 19:23:22.530632',NULL,40);
INSERT INTO trials VALUES(25,2,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.243523',NULL,NULL,NULL);
INSERT INTO trials VALUES(26,2,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.31666666666666665186,NULL,NULL,NULL,'2026-11-21 19:23:22.254738','2026-11-21 19:23:22.611431',NULL,40);
INSERT INTO trials VALUES(27,2,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.266881',NULL,NULL,NULL);
INSERT INTO trials VALUES(28,2,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.270076',NULL,NULL,NULL);
INSERT INTO trials VALUES(29,2,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.282960',NULL,NULL,NULL);
INSERT INTO trials VALUES(30,2,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.298898',NULL,NULL,NULL);
INSERT INTO trials VALUES(31,2,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.318781',NULL,NULL,NULL);
INSERT INTO trials VALUES(32,2,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.334657',NULL,NULL,NULL);
INSERT INTO trials VALUES(33,2,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.346716',NULL,NULL,NULL);
INSERT INTO trials VALUES(34,2,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.360665',NULL,NULL,NULL);
INSERT INTO trials VALUES(35,2,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.366518',NULL,NULL,NULL);
INSERT INTO trials VALUES(36,2,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.378761',NULL,NULL,NULL);
INSERT INTO trials VALUES(37,2,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:23:22.386689',NULL,NULL,NULL);
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
INSERT INTO attempts VALUES(1,1,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.066568','2026-11-21 19:23:18.167415',0.012240251002367585897,0.075608808001561556011,200);
INSERT INTO attempts VALUES(2,2,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.181080','2026-11-21 19:23:18.217213',0.012585764001414645463,0.011497224993945565074,200);
INSERT INTO attempts VALUES(3,3,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.225415','2026-11-21 19:23:18.279452',0.014342151000164449214,0.02622290200088173151,200);
INSERT INTO attempts VALUES(4,4,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.289335','2026-11-21 19:23:18.364728',0.029154991003451868891,0.031230191001668572425,200);
INSERT INTO attempts VALUES(5,5,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.373360','2026-11-21 19:23:18.440929',0.027035416998842265456,0.025077475998841691762,200);
INSERT INTO attempts VALUES(6,6,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.453762','2026-11-21 19:23:18.624463',0.13321225200343178585,0.019813446997432038187,200);
INSERT INTO attempts VALUES(7,7,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.628773','2026-11-21 19:23:18.666234',0.016182534003746695816,0.015351023001130670309,200);
INSERT INTO attempts VALUES(8,8,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.677128','2026-11-21 19:23:18.713802',0.016067570002633146941,0.01512983100110432133,200);
INSERT INTO attempts VALUES(9,9,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.722327','2026-11-21 19:23:18.773128',0.021674237999832257628,0.022844200000690761953,200);
INSERT INTO attempts VALUES(10,10,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.789430','2026-11-21 19:23:18.875823',0.037595934998535085469,0.038049371003580745309,200);
INSERT INTO attempts VALUES(11,11,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.885201','2026-11-21 19:23:18.926828',0.019460969000647310167,0.016431108000688254833,200);
INSERT INTO attempts VALUES(12,12,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.934963','2026-11-21 19:23:18.976974',0.015630674999556504189,0.010492189998331014066,200);
INSERT INTO attempts VALUES(13,13,'search',1,'worker','done',NULL,'2026-11-21 19:23:18.980668','2026-11-21 19:23:19.046465',0.020027997001307085156,0.029694766999455168843,200);
INSERT INTO attempts VALUES(14,14,'search',1,'worker','done',NULL,'2026-11-21 19:23:19.057653','2026-11-21 19:23:19.123806',0.027353880999726243317,0.024131280995788984,200);
INSERT INTO attempts VALUES(15,15,'search',1,'worker','done',NULL,'2026-11-21 19:23:19.136441','2026-11-21 19:23:19.223870',0.039717612999083939939,0.025717780001286882907,200);
INSERT INTO attempts VALUES(16,16,'search',1,'worker','done',NULL,'2026-11-21 19:23:19.233166','2026-11-21 19:23:19.273069',0.020440325999516062438,0.014729242997418623417,200);
INSERT INTO attempts VALUES(17,17,'search',1,'w0','failed','out of memory in ''layers.0'', "q" – 100%','2026-11-21 19:23:19.418152','2026-11-21 19:23:19.453088',NULL,NULL,NULL);
INSERT INTO attempts VALUES(18,18,'search',1,'worker','done',NULL,'2026-11-21 19:23:19.478859','2026-11-21 19:23:19.765101',0.015982517994416411966,0.19198357401182875037,220);
INSERT INTO attempts VALUES(19,19,'search',1,'worker','done',NULL,'2026-11-21 19:23:19.807537','2026-11-21 19:23:19.985914',0.024902619014028459787,0.13990739198925439268,176);
INSERT INTO attempts VALUES(20,20,'search',1,'worker','done',NULL,'2026-11-21 19:23:20.019245','2026-11-21 19:23:20.230432',0.016545811020478140562,0.18070109199470607563,220);
INSERT INTO attempts VALUES(21,2,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.288340','2026-11-21 19:23:20.316598',0.0086399360006907954812,0.0079963750031311064958,11);
INSERT INTO attempts VALUES(22,3,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.326130','2026-11-21 19:23:20.353034',0.0064318969962187111377,0.0081149170000571757555,11);
INSERT INTO attempts VALUES(23,4,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.361269','2026-11-21 19:23:20.390418',0.0099505300022428855299,0.013603002997115254402,11);
INSERT INTO attempts VALUES(24,5,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.401004','2026-11-21 19:23:20.448466',0.017085037005017511546,0.012163298000814393162,11);
INSERT INTO attempts VALUES(25,6,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.457228','2026-11-21 19:23:20.556474',0.08061645899579161778,0.0078984720021253451704,11);
INSERT INTO attempts VALUES(26,15,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.565238','2026-11-21 19:23:20.616597',0.019456592999631538987,0.0075294440030120313167,11);
INSERT INTO attempts VALUES(27,18,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.626826','2026-11-21 19:23:20.672221',0.021338020000257529318,0.0076239709960645996034,11);
INSERT INTO attempts VALUES(28,20,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.676793','2026-11-21 19:23:20.707043',0.012263794997124932706,0.0080794700043043121695,11);
INSERT INTO attempts VALUES(29,21,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.721015','2026-11-21 19:23:20.752507',0.014482944003248121589,0.0031569990023854188621,11);
INSERT INTO attempts VALUES(30,2,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.772848','2026-11-21 19:23:20.800742',0.0085286379980971105396,0.0079290700014098547399,11);
INSERT INTO attempts VALUES(31,3,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.817120','2026-11-21 19:23:20.840038',0.0069749190006405115127,0.0077176959966891445219,11);
INSERT INTO attempts VALUES(32,4,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.853038','2026-11-21 19:23:20.880443',0.0094612969987792894244,0.0080266320001101121306,11);
INSERT INTO attempts VALUES(33,5,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.889992','2026-11-21 19:23:20.922908',0.016192161005164962261,0.0079514409953844733536,11);
INSERT INTO attempts VALUES(34,18,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.936976','2026-11-21 19:23:20.965086',0.011408910002501215785,0.0077735899976687505841,11);
INSERT INTO attempts VALUES(35,18,'validation',1,'worker','done',NULL,'2026-11-21 19:23:20.990429','2026-11-21 19:23:21.012428',2.3593995138071477413e-05,0.0079203940040315501391,11);
INSERT INTO attempts VALUES(36,3,'validation',1,'worker','done',NULL,'2026-11-21 19:23:21.025111','2026-11-21 19:23:21.048808',0.0042117060002055950462,0.011249162002059165388,11);
INSERT INTO attempts VALUES(37,2,'validation',1,'worker','done',NULL,'2026-11-21 19:23:21.061052','2026-11-21 19:23:21.083193',0.0087842540015117265284,0.0081527470028959214687,11);
INSERT INTO attempts VALUES(38,3,'validation',1,'worker','done',NULL,'2026-11-21 19:23:21.109012','2026-11-21 19:23:21.131474',0.0088418020022800192236,0.0070063989987829700112,11);
INSERT INTO attempts VALUES(39,18,'validation',1,'worker','done',NULL,'2026-11-21 19:23:21.157055','2026-11-21 19:23:21.200852',0.017361523001454770565,0.0081356349983252584934,11);
INSERT INTO attempts VALUES(40,1,'probe',1,'worker','done',NULL,'2026-11-21 19:23:21.234505','2026-11-21 19:23:21.288827',0.0094768369963276199996,0.011662693999824114143,213);
INSERT INTO attempts VALUES(41,2,'probe',1,'worker','done',NULL,'2026-11-21 19:23:21.305196','2026-11-21 19:23:21.346232',0.013117257003614213317,0.018541954996180720627,213);
INSERT INTO attempts VALUES(42,3,'probe',1,'worker','done',NULL,'2026-11-21 19:23:21.361012','2026-11-21 19:23:21.400533',0.0091704859951278194785,0.012358211002720054239,213);
INSERT INTO attempts VALUES(43,3,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.417083','2026-11-21 19:23:21.436119',1.2172000424470752477e-05,0.0093212069987202994525,104);
INSERT INTO attempts VALUES(44,1,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.441748','2026-11-21 19:23:21.472595',0.0088041319977492094039,0.009118868998484686017,104);
INSERT INTO attempts VALUES(45,2,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.480409','2026-11-21 19:23:21.517154',0.0087374669965356588363,0.013447552999423351138,104);
INSERT INTO attempts VALUES(46,4,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.533837','2026-11-21 19:23:21.589135',0.019799998997768852859,0.013510790995496790856,104);
INSERT INTO attempts VALUES(47,5,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.605944','2026-11-21 19:23:21.647239',0.012035538995405659079,0.013934662005340214818,104);
INSERT INTO attempts VALUES(48,6,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.657801','2026-11-21 19:23:21.782232',0.097589327997411601245,0.013440800001262687146,104);
INSERT INTO attempts VALUES(49,15,'report',1,'worker','done',NULL,'2026-11-21 19:23:21.801560','2026-11-21 19:23:21.852669',0.024900124997657258063,0.0089057110017165541648,104);
INSERT INTO attempts VALUES(50,22,'search',1,'worker','done',NULL,'2026-11-21 19:23:22.394400','2026-11-21 19:23:22.559502',0.0044370960022206418216,0.01480610699945827946,200);
INSERT INTO attempts VALUES(51,23,'search',1,'worker','done',NULL,'2026-11-21 19:23:22.401699','2026-11-21 19:23:22.465904',0.009204729001794476062,0.050595382999745197594,200);
INSERT INTO attempts VALUES(52,24,'search',1,'worker','done',NULL,'2026-11-21 19:23:22.484949','2026-11-21 19:23:22.530008',0.013039141005720011889,0.027043441994464956223,200);
INSERT INTO attempts VALUES(53,25,'search',1,NULL,'running',NULL,'2026-11-21 19:23:22.537001',NULL,NULL,NULL,NULL);
INSERT INTO attempts VALUES(54,26,'search',1,'worker','done',NULL,'2026-11-21 19:23:22.573044','2026-11-21 19:23:22.610800',0.016742167994379997253,0.015489983001316431909,200);
INSERT INTO attempts VALUES(55,27,'search',1,NULL,'running',NULL,'2026-11-21 19:23:22.620902',NULL,NULL,NULL,NULL);
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
INSERT INTO outcomes VALUES(18,'search','letters','acc',0.4000000000000000222,X'6214000000e39400',NULL);
INSERT INTO outcomes VALUES(18,'search','letters','acc_norm',0.4000000000000000222,X'6214000000e39400',NULL);
INSERT INTO outcomes VALUES(18,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(18,'search','words','acc_norm',0.4500000000000000111,X'62140000002359c0',NULL);
INSERT INTO outcomes VALUES(19,'search','letters','acc',0.0,X'62100000000000',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(19,'search','letters','acc_norm',0.0,X'62100000000000',X'6214000000f2bff0');
INSERT INTO outcomes VALUES(19,'search','words','acc',0.0,X'62100000000000',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(19,'search','words','acc_norm',0.0,X'62100000000000',X'6214000000bfdcf0');
INSERT INTO outcomes VALUES(20,'search','letters','acc',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','letters','acc_norm',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','words','acc',1.0,X'6214000000fffff0',NULL);
INSERT INTO outcomes VALUES(20,'search','words','acc_norm',1.0,X'6214000000fffff0',NULL);
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
INSERT INTO outcomes VALUES(18,'validation','letters','acc',0.25,X'620400000080',NULL);
INSERT INTO outcomes VALUES(18,'validation','letters','acc_norm',0.25,X'620400000080',NULL);
INSERT INTO outcomes VALUES(18,'validation','words','acc',0.5,X'620400000050',NULL);
INSERT INTO outcomes VALUES(18,'validation','words','acc_norm',0.5,X'6204000000c0',NULL);
INSERT INTO outcomes VALUES(20,'validation','letters','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(20,'validation','letters','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(20,'validation','words','acc',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(20,'validation','words','acc_norm',1.0,X'620100000080',X'620400000080');
INSERT INTO outcomes VALUES(21,'validation','letters','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(21,'validation','letters','acc_norm',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(21,'validation','words','acc',0.0,X'620100000000',X'620400000080');
INSERT INTO outcomes VALUES(21,'validation','words','acc_norm',0.0,X'620100000000',X'620400000080');
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
INSERT INTO outcomes VALUES(3,'report','letters','acc',0.29999999999999998889,X'620a0000005200',NULL);
INSERT INTO outcomes VALUES(3,'report','letters','acc_norm',0.29999999999999998889,X'620a0000005200',NULL);
INSERT INTO outcomes VALUES(3,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(3,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200',NULL);
INSERT INTO outcomes VALUES(1,'report','letters','acc',0.2000000000000000111,X'620a0000000280',NULL);
INSERT INTO outcomes VALUES(1,'report','letters','acc_norm',0.2000000000000000111,X'620a0000000280',NULL);
INSERT INTO outcomes VALUES(1,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(1,'report','words','acc_norm',0.29999999999999998889,X'620a0000009200',NULL);
INSERT INTO outcomes VALUES(2,'report','letters','acc',0.4000000000000000222,X'620a0000003600',NULL);
INSERT INTO outcomes VALUES(2,'report','letters','acc_norm',0.4000000000000000222,X'620a0000003600',NULL);
INSERT INTO outcomes VALUES(2,'report','words','acc',0.5,X'620a0000006540',NULL);
INSERT INTO outcomes VALUES(2,'report','words','acc_norm',0.10000000000000000555,X'620a0000008000',NULL);
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
INSERT INTO outcomes VALUES(23,'search','letters','acc',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(23,'search','letters','acc_norm',0.5,X'6214000000be6240',NULL);
INSERT INTO outcomes VALUES(23,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(23,'search','words','acc_norm',0.29999999999999998889,X'6214000000251180',NULL);
INSERT INTO outcomes VALUES(24,'search','letters','acc',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(24,'search','letters','acc_norm',0.25,X'6214000000a14020',NULL);
INSERT INTO outcomes VALUES(24,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(24,'search','words','acc_norm',0.29999999999999998889,X'6214000000259100',NULL);
INSERT INTO outcomes VALUES(22,'search','letters','acc',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(22,'search','letters','acc_norm',0.29999999999999998889,X'621400000022c0a0',NULL);
INSERT INTO outcomes VALUES(22,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(22,'search','words','acc_norm',0.25,X'6214000000219800',NULL);
INSERT INTO outcomes VALUES(26,'search','letters','acc',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(26,'search','letters','acc_norm',0.25,X'6214000000310180',NULL);
INSERT INTO outcomes VALUES(26,'search','words','acc',0.29999999999999998889,X'6214000000802270',NULL);
INSERT INTO outcomes VALUES(26,'search','words','acc_norm',0.34999999999999997779,X'6214000000259900',NULL);
CREATE INDEX ix_models_fingerprint ON models (fingerprint);
CREATE INDEX ix_lineage_parent_id ON lineage (parent_id);
CREATE INDEX ix_searches_name ON searches (name);
CREATE INDEX ix_trials_model_id ON trials (model_id);
CREATE INDEX ix_trials_search_state ON trials (search_id, state);
CREATE INDEX ix_attempts_trial_id ON attempts (trial_id);
COMMIT;
