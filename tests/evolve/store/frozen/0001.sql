PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0001');
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
INSERT INTO models VALUES(1,'ff5ae400ea2e88a2b1c61a72a1648846','ff5ae400ea2e88a2b1c61a72a1648846','base','base','/tmp/f/family0/base',NULL,'2026-11-21 19:22:13.885612');
INSERT INTO models VALUES(2,'87eb3b0c2c36eb13ace2888c526a532b','87eb3b0c2c36eb13ace2888c526a532b','parent','a','/tmp/f/family0/a',NULL,'2026-11-21 19:22:13.888461');
INSERT INTO models VALUES(3,'76b0ba4ff7b4cd9544b436785d73fc0e','76b0ba4ff7b4cd9544b436785d73fc0e','parent','b','/tmp/f/family0/b',NULL,'2026-11-21 19:22:13.890370');
INSERT INTO models VALUES(4,'bcbe6bce589cbe08c55e6b3d9840258c',NULL,'candidate','uniform',NULL,replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.915379');
INSERT INTO models VALUES(5,'cb7f13fff1d41a4be2a84d53f4a32550',NULL,'candidate','task_arithmetic',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.921636');
INSERT INTO models VALUES(6,'302e70efb5b12c805fc95d703ea6f5ab',NULL,'candidate','ties',NULL,replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.926438');
INSERT INTO models VALUES(7,'b137ddd59ec5d261d257eba8c40c5a14',NULL,'candidate','one scale 0.1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.931458');
INSERT INTO models VALUES(8,'cbb8680c7d31b04a6985cb9fdea1952e',NULL,'candidate','one scale 0.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.935839');
INSERT INTO models VALUES(9,'88ebdc010ab5ec46d7586b0ae9676a0d',NULL,'candidate','one scale 0.3',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.940369');
INSERT INTO models VALUES(10,'fee925b492ead0b95b6950037e4e4b12',NULL,'candidate','one scale 0.5',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.949114');
INSERT INTO models VALUES(11,'8ad3aaf970295a790972dcbf48ff036e',NULL,'candidate','one scale 0.6',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.953503');
INSERT INTO models VALUES(12,'7ae8a9a4d0f12ea1aa4534daf219cbc0',NULL,'candidate','one scale 0.7',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.957623');
INSERT INTO models VALUES(13,'fbc2ac42298047cdc02ac29bbad4cddd',NULL,'candidate','one scale 0.8',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.964684');
INSERT INTO models VALUES(14,'40e1d9160e935440519b34005e56520f',NULL,'candidate','one scale 1',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.968867');
INSERT INTO models VALUES(15,'4a65934fbf6b96fc47821b259bd7f2c0',NULL,'candidate','one scale 1.2',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:13.973706');
INSERT INTO models VALUES(16,'8ec0732a1549e505bd6e4f20df534c64',NULL,'candidate','trial 16',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:14.405542');
INSERT INTO models VALUES(17,'3f3d0354a4924170443aefab7ac2c4de',NULL,'candidate','trial 17',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:14.437364');
INSERT INTO models VALUES(18,'4573331860e68741286923d43503c6c9',NULL,'candidate','trial 18',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:14.466507');
INSERT INTO models VALUES(19,'8862a40d4000dc005271fd3c9fb0a98e',NULL,'candidate','trial 19',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:14.501302');
INSERT INTO models VALUES(20,'266c23e27cd403c3693f31c217c156d2',NULL,'candidate','optimizer mean',NULL,replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),'2026-11-21 19:22:14.538645');
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
	verdict JSON, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
);
INSERT INTO searches VALUES(1,'0c0e46676ea9828980bd897d18a45ceb','finished','{"name": "finished", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"method": ["task_arithmetic"], "layer_groups": 1, "filters": [], "bounds": {}, "fixed": {}}, "optimizer": {"name": "cma", "sigma": 0.16666666666666666, "population": null}, "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 6, "validation": 4, "report": 10}, "racing": {"method": "irt", "blocks": 20, "error": 0.05}, "items": "fixed", "finalists": 2, "budget": {"trials": 4, "hours": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "workers": {"count": 1, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null}, "seed": 3}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true}]','finished',1,NULL,8,0.9600546349975047633,'2026-11-21 19:22:13.875787','2026-11-21 19:22:14.878915','2026-11-21 19:22:14.879381',18,'{"kind": "no improvement", "chosen": "trial 17", "score": {"mean": 0.36666666666666664, "low": 0.16666666666666666, "high": 0.6, "items": 20}, "over_parent": {"over": "b", "score": 0.2333333333333333, "difference": {"mean": 0.13333333333333333, "low": -0.03333333333333333, "high": 0.3333333333333333, "items": 20}}, "over_plain": {"over": "ties", "score": 0.36666666666666664, "difference": {"mean": 0.0, "low": -0.26749999999999924, "high": 0.26666666666666666, "items": 20}}, "over_one_scale": {"over": "one scale 1", "score": 0.2666666666666666, "difference": {"mean": 0.1, "low": -0.03333333333333333, "high": 0.26666666666666666, "items": 20}}, "sentence": "No improvement that can be defended: on 20 report items, trial 17 scores 0.367: +0.133 [-0.033, +0.333] over the best parent (b, 0.233), +0.000 [-0.267, +0.267] over the best plain merge (ties, 0.367) and +0.100 [-0.033, +0.267] over one tuned scale (one scale 1, 0.267); 95 % intervals."}');
INSERT INTO searches VALUES(2,'ee7f25dffb94daa60be1756fa94661cb','früh-beendet','{"name": "fr\u00fch-beendet", "base": "/tmp/f/family0/base", "parents": {"a": "/tmp/f/family0/a", "b": "/tmp/f/family0/b"}, "dtype": "float32", "space": {"method": ["task_arithmetic"], "layer_groups": 1, "filters": [], "bounds": {}, "fixed": {}}, "optimizer": {"name": "cma", "sigma": 0.16666666666666666, "population": null}, "tasks": [{"name": "letters", "weight": 1.0, "metric": "acc", "num_fewshot": null, "splits": null}, {"name": "words", "weight": 2.0, "metric": "acc_norm", "num_fewshot": null, "splits": null}], "task_folders": ["/tmp/f/family0/tasks"], "allow_task_code": false, "prompts": {"chat_template": false, "fewshot_as_multiturn": true, "system_instruction": null}, "splits": {"search": 6, "validation": 4, "report": 10}, "racing": {"method": "irt", "blocks": 20, "error": 0.05}, "items": "fixed", "finalists": 2, "budget": {"trials": 6, "hours": null}, "store": "sqlite:////tmp/f/test_freeze0/evolve.db", "workers": {"count": 1, "threads": 1, "batch_tokens": null, "device": "auto", "gpus_per_worker": null, "address": null}, "seed": 4}','[]','[{"task": "letters", "metric": "acc", "weight": 1.0, "higher_is_better": true}, {"task": "words", "metric": "acc_norm", "weight": 2.0, "higher_is_better": true}]','running',1,'test:1',0,0.1715386709984159097,'2026-11-21 19:22:14.982673','2026-11-21 19:22:15.167358',NULL,NULL,NULL);
CREATE TABLE splits (
	search_id INTEGER NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	task VARCHAR(200) NOT NULL, 
	items JSON NOT NULL, 
	PRIMARY KEY (search_id, split, task), 
	FOREIGN KEY(search_id) REFERENCES searches (id)
);
INSERT INTO splits VALUES(1,'search','letters','[29, 26, 0, 42, 39, 38]');
INSERT INTO splits VALUES(1,'search','words','[39, 19, 32, 31, 10, 11]');
INSERT INTO splits VALUES(1,'validation','letters','[19, 21, 10, 3]');
INSERT INTO splits VALUES(1,'validation','words','[28, 29, 2, 4]');
INSERT INTO splits VALUES(1,'report','letters','[8, 54, 41, 47, 53, 36, 44, 56, 27, 4]');
INSERT INTO splits VALUES(1,'report','words','[38, 33, 3, 22, 34, 12, 23, 15, 7, 24]');
INSERT INTO splits VALUES(2,'search','letters','[29, 26, 0, 42, 39, 38]');
INSERT INTO splits VALUES(2,'search','words','[39, 19, 32, 31, 10, 11]');
INSERT INTO splits VALUES(2,'validation','letters','[19, 21, 10, 3]');
INSERT INTO splits VALUES(2,'validation','words','[28, 29, 2, 4]');
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
	finished_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (search_id, number), 
	FOREIGN KEY(search_id) REFERENCES searches (id), 
	FOREIGN KEY(model_id) REFERENCES models (id)
);
INSERT INTO trials VALUES(1,1,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.16666666666666665741,NULL,NULL,NULL,'2026-11-21 19:22:13.901307','2026-11-21 19:22:14.020038');
INSERT INTO trials VALUES(2,1,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.5,NULL,NULL,NULL,'2026-11-21 19:22:13.907663','2026-11-21 19:22:14.039352');
INSERT INTO trials VALUES(3,1,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.911231','2026-11-21 19:22:14.058609');
INSERT INTO trials VALUES(4,1,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.916794','2026-11-21 19:22:14.078755');
INSERT INTO trials VALUES(5,1,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.922110','2026-11-21 19:22:14.101625');
INSERT INTO trials VALUES(6,1,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.926974','2026-11-21 19:22:14.161752');
INSERT INTO trials VALUES(7,1,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'done',0.22222222222222220988,NULL,NULL,NULL,'2026-11-21 19:22:13.931932','2026-11-21 19:22:14.184807');
INSERT INTO trials VALUES(8,1,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'done',0.38888888888888883954,NULL,NULL,NULL,'2026-11-21 19:22:13.936244','2026-11-21 19:22:14.208773');
INSERT INTO trials VALUES(9,1,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.940755','2026-11-21 19:22:14.233088');
INSERT INTO trials VALUES(10,1,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.944639','2026-11-21 19:22:14.256590');
INSERT INTO trials VALUES(11,1,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.949648','2026-11-21 19:22:14.279963');
INSERT INTO trials VALUES(12,1,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.953911','2026-11-21 19:22:14.302966');
INSERT INTO trials VALUES(13,1,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:13.958074','2026-11-21 19:22:14.325677');
INSERT INTO trials VALUES(14,1,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'done',0.38888888888888883954,NULL,NULL,NULL,'2026-11-21 19:22:13.965062','2026-11-21 19:22:14.349189');
INSERT INTO trials VALUES(15,1,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'done',0.5555555555555554692,NULL,NULL,NULL,'2026-11-21 19:22:13.969239','2026-11-21 19:22:14.371155');
INSERT INTO trials VALUES(16,1,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'done',0.5,NULL,NULL,NULL,'2026-11-21 19:22:13.974146','2026-11-21 19:22:14.392236');
INSERT INTO trials VALUES(17,1,16,'optimizer','trial 16','[0.990677374768913, 0.24071184604356388]','{"weight.a": 1.4860160621533696, "weight.b": 0.3610677690653458}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.4860160621533696\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3610677690653458\ndtype: float32\n','\n',char(10)),16,'failed',NULL,'out of memory in ''layers.0'', "q" – 100%',1,2,'2026-11-21 19:22:14.407631','2026-11-21 19:22:14.432272');
INSERT INTO trials VALUES(18,1,17,'optimizer','trial 17','[0.7363498077876298, 0.5720360332424146]','{"weight.a": 1.1045247116814447, "weight.b": 0.8580540498636219}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.1045247116814447\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8580540498636219\ndtype: float32\n','\n',char(10)),17,'done',0.2777777777777777346,NULL,3,4,'2026-11-21 19:22:14.438513','2026-11-21 19:22:14.462614');
INSERT INTO trials VALUES(19,1,18,'optimizer','trial 18','[0.5912251179815924, 0.6307329078189636]','{"weight.a": 0.8868376769723886, "weight.b": 0.9460993617284454}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8868376769723886\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9460993617284454\ndtype: float32\n','\n',char(10)),18,'done',0.38888888888888883954,NULL,5,6,'2026-11-21 19:22:14.467411','2026-11-21 19:22:14.495371');
INSERT INTO trials VALUES(20,1,19,'optimizer','trial 19','[0.33000231180879147, 0.6280103039956483]','{"weight.a": 0.4950034677131872, "weight.b": 0.9420154559934724}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4950034677131872\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.9420154559934724\ndtype: float32\n','\n',char(10)),19,'done',0.2777777777777777346,NULL,7,8,'2026-11-21 19:22:14.502474','2026-11-21 19:22:14.531620');
INSERT INTO trials VALUES(21,1,20,'mean','optimizer mean','[0.6666666666666666, 0.6666666666666666]','{"weight.a": 1.0, "weight.b": 1.0}',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/base\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),20,'done',NULL,NULL,NULL,NULL,'2026-11-21 19:22:14.539167','2026-11-21 19:22:14.630223');
INSERT INTO trials VALUES(22,2,0,'base','base','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/base\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),1,'done',0.16666666666666665741,NULL,NULL,NULL,'2026-11-21 19:22:14.998297','2026-11-21 19:22:15.141232');
INSERT INTO trials VALUES(23,2,1,'parent','a','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),2,'done',0.5,NULL,NULL,NULL,'2026-11-21 19:22:15.003468','2026-11-21 19:22:15.107736');
INSERT INTO trials VALUES(24,2,2,'parent','b','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),3,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:15.006011','2026-11-21 19:22:15.124942');
INSERT INTO trials VALUES(25,2,3,'plain','uniform','null','null',replace('merge_method: linear\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),4,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.009296',NULL);
INSERT INTO trials VALUES(26,2,4,'plain','task_arithmetic','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'done',0.33333333333333331482,NULL,NULL,NULL,'2026-11-21 19:22:15.013906','2026-11-21 19:22:15.165601');
INSERT INTO trials VALUES(27,2,5,'plain','ties','null','null',replace('merge_method: ties\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n    density: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\n    density: 0.2\nparameters:\n  normalize: true\n  lambda: 1.0\ndtype: float32\n','\n',char(10)),6,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.018805',NULL);
INSERT INTO trials VALUES(28,2,6,'one_scale','one scale 0.1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.1\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.1\ndtype: float32\n','\n',char(10)),7,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.021849',NULL);
INSERT INTO trials VALUES(29,2,7,'one_scale','one scale 0.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.2\ndtype: float32\n','\n',char(10)),8,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.024785',NULL);
INSERT INTO trials VALUES(30,2,8,'one_scale','one scale 0.3','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.3\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.3\ndtype: float32\n','\n',char(10)),9,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.029286',NULL);
INSERT INTO trials VALUES(31,2,9,'one_scale','one scale 0.4','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.4\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.4\ndtype: float32\n','\n',char(10)),5,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.034412',NULL);
INSERT INTO trials VALUES(32,2,10,'one_scale','one scale 0.5','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.5\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.5\ndtype: float32\n','\n',char(10)),10,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.039176',NULL);
INSERT INTO trials VALUES(33,2,11,'one_scale','one scale 0.6','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.6\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.6\ndtype: float32\n','\n',char(10)),11,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.044077',NULL);
INSERT INTO trials VALUES(34,2,12,'one_scale','one scale 0.7','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.7\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.7\ndtype: float32\n','\n',char(10)),12,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.047326',NULL);
INSERT INTO trials VALUES(35,2,13,'one_scale','one scale 0.8','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 0.8\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 0.8\ndtype: float32\n','\n',char(10)),13,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.052524',NULL);
INSERT INTO trials VALUES(36,2,14,'one_scale','one scale 1','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.0\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.0\ndtype: float32\n','\n',char(10)),14,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.056643',NULL);
INSERT INTO trials VALUES(37,2,15,'one_scale','one scale 1.2','null','null',replace('merge_method: task_arithmetic\nbase_model: /tmp/f/family0/base\nmodels:\n- model: /tmp/f/family0/a\n  parameters:\n    weight: 1.2\n- model: /tmp/f/family0/b\n  parameters:\n    weight: 1.2\ndtype: float32\n','\n',char(10)),15,'asked',NULL,NULL,NULL,NULL,'2026-11-21 19:22:15.060154',NULL);
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
INSERT INTO attempts VALUES(1,1,'search',1,'worker','done',NULL,'2026-11-21 19:22:13.977466','2026-11-21 19:22:14.016958',0.0071967140029300935566,0.027063469999120570719,63);
INSERT INTO attempts VALUES(2,2,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.023040','2026-11-21 19:22:14.038480',0.0057888469964382238686,0.0059433260030345991253,63);
INSERT INTO attempts VALUES(3,3,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.041740','2026-11-21 19:22:14.057325',0.0068380750017240643501,0.0050206349988002330064,63);
INSERT INTO attempts VALUES(4,4,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.061001','2026-11-21 19:22:14.077889',0.0066199279972352087497,0.0061034350001136772334,63);
INSERT INTO attempts VALUES(5,5,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.080775','2026-11-21 19:22:14.100818',0.0094923950018710456788,0.006293298996752128005,63);
INSERT INTO attempts VALUES(6,6,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.103659','2026-11-21 19:22:14.160614',0.046635425998829305171,0.0052674659964395686984,63);
INSERT INTO attempts VALUES(7,7,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.164179','2026-11-21 19:22:14.183896',0.0088731109935906715691,0.0065497370014782063663,63);
INSERT INTO attempts VALUES(8,8,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.186935','2026-11-21 19:22:14.207875',0.010176000003411900252,0.006436014999053440988,63);
INSERT INTO attempts VALUES(9,9,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.211061','2026-11-21 19:22:14.232157',0.010228058003121986985,0.0064794649952091276645,63);
INSERT INTO attempts VALUES(10,10,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.235388','2026-11-21 19:22:14.255621',0.010641057997418101876,0.0053875390003668144345,63);
INSERT INTO attempts VALUES(11,11,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.259015','2026-11-21 19:22:14.278852',0.0094359209979302249848,0.0056551980014774017035,63);
INSERT INTO attempts VALUES(12,12,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.282231','2026-11-21 19:22:14.302086',0.0090658589979284442961,0.0061367469970718957483,63);
INSERT INTO attempts VALUES(13,13,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.304999','2026-11-21 19:22:14.324815',0.0093089130023145116865,0.0062737120024394243955,63);
INSERT INTO attempts VALUES(14,14,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.327943','2026-11-21 19:22:14.348219',0.0096028619955177418887,0.006331199001579079777,63);
INSERT INTO attempts VALUES(15,15,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.351367','2026-11-21 19:22:14.370258',0.0098256269993726164102,0.0050953340032720007002,63);
INSERT INTO attempts VALUES(16,16,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.373235','2026-11-21 19:22:14.391293',0.0091913750002277083694,0.0050260540010640397667,63);
INSERT INTO attempts VALUES(17,17,'search',1,'w0','failed','out of memory in ''layers.0'', "q" – 100%','2026-11-21 19:22:14.410443','2026-11-21 19:22:14.431179',NULL,NULL,NULL);
INSERT INTO attempts VALUES(18,18,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.441018','2026-11-21 19:22:14.461619',0.010733991999586578458,0.0055609530027140863239,63);
INSERT INTO attempts VALUES(19,19,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.469623','2026-11-21 19:22:14.493589',0.01299317600205540657,0.0065710670023690909147,63);
INSERT INTO attempts VALUES(20,20,'search',1,'worker','done',NULL,'2026-11-21 19:22:14.505318','2026-11-21 19:22:14.529974',0.012714685995888430625,0.0070619120015180669724,63);
INSERT INTO attempts VALUES(21,18,'validation',1,'worker','done',NULL,'2026-11-21 19:22:14.546120','2026-11-21 19:22:14.570104',0.012095400998077820986,0.0068243989953771233558,44);
INSERT INTO attempts VALUES(22,19,'validation',1,'worker','done',NULL,'2026-11-21 19:22:14.574750','2026-11-21 19:22:14.599660',0.012922603003971744328,0.0065591550010140053927,44);
INSERT INTO attempts VALUES(23,21,'validation',1,'worker','done',NULL,'2026-11-21 19:22:14.603370','2026-11-21 19:22:14.628931',0.013701636999030597507,0.0064507520000915974378,44);
INSERT INTO attempts VALUES(24,18,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.636086','2026-11-21 19:22:14.663443',0.014090602999203838407,0.00801878600032068789,104);
INSERT INTO attempts VALUES(25,1,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.667169','2026-11-21 19:22:14.688308',0.0086349170014727860689,0.0082376650025253184139,104);
INSERT INTO attempts VALUES(26,2,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.691873','2026-11-21 19:22:14.713120',0.0084110789975966326892,0.0084849060003762133419,104);
INSERT INTO attempts VALUES(27,3,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.716873','2026-11-21 19:22:14.737388',0.0079851740010781213641,0.0082490169952507130801,104);
INSERT INTO attempts VALUES(28,4,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.741043','2026-11-21 19:22:14.763426',0.0095586789975641295313,0.008021111003472469747,104);
INSERT INTO attempts VALUES(29,5,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.767341','2026-11-21 19:22:14.791074',0.013371310997172258794,0.006128335000539664179,104);
INSERT INTO attempts VALUES(30,6,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.793920','2026-11-21 19:22:14.834870',0.03159609399881446734,0.0056650760016054846346,104);
INSERT INTO attempts VALUES(31,15,'report',1,'worker','done',NULL,'2026-11-21 19:22:14.837240','2026-11-21 19:22:14.852965',0.0073402109992457553744,0.0050025410018861293792,104);
INSERT INTO attempts VALUES(32,22,'search',1,'worker','done',NULL,'2026-11-21 19:22:15.064373','2026-11-21 19:22:15.140556',0.0052329800018924288451,0.0041778230006457306444,63);
INSERT INTO attempts VALUES(33,23,'search',1,'worker','done',NULL,'2026-11-21 19:22:15.067613','2026-11-21 19:22:15.105794',0.0043527789966901764273,0.030436601002293173223,63);
INSERT INTO attempts VALUES(34,24,'search',1,'worker','done',NULL,'2026-11-21 19:22:15.110319','2026-11-21 19:22:15.124277',0.00591759800590807572,0.0040509859973099082708,63);
INSERT INTO attempts VALUES(35,25,'search',1,NULL,'running',NULL,'2026-11-21 19:22:15.127120',NULL,NULL,NULL,NULL);
INSERT INTO attempts VALUES(36,26,'search',1,'worker','done',NULL,'2026-11-21 19:22:15.143239','2026-11-21 19:22:15.164537',0.0098951670006499625742,0.0068543249944923445582,63);
INSERT INTO attempts VALUES(37,27,'search',1,NULL,'running',NULL,'2026-11-21 19:22:15.167637',NULL,NULL,NULL,NULL);
CREATE TABLE outcomes (
	trial_id INTEGER NOT NULL, 
	split VARCHAR(16) NOT NULL, 
	task VARCHAR(200) NOT NULL, 
	metric VARCHAR(64) NOT NULL, 
	mean FLOAT NOT NULL, 
	packed BLOB NOT NULL, 
	PRIMARY KEY (trial_id, split, task, metric), 
	FOREIGN KEY(trial_id) REFERENCES trials (id)
);
INSERT INTO outcomes VALUES(1,'search','letters','acc',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(1,'search','letters','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(1,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(1,'search','words','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(2,'search','letters','acc',0.83333333333333337034,X'6206000000bc');
INSERT INTO outcomes VALUES(2,'search','letters','acc_norm',0.83333333333333337034,X'6206000000bc');
INSERT INTO outcomes VALUES(2,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(2,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(3,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(3,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(3,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(3,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(4,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(4,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(4,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(4,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(5,'search','letters','acc',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(5,'search','letters','acc_norm',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(5,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(5,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(6,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(6,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(6,'search','words','acc',0.33333333333333331482,X'620600000090');
INSERT INTO outcomes VALUES(6,'search','words','acc_norm',0.33333333333333331482,X'620600000050');
INSERT INTO outcomes VALUES(7,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(7,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(7,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(7,'search','words','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(8,'search','letters','acc',0.5,X'6206000000b0');
INSERT INTO outcomes VALUES(8,'search','letters','acc_norm',0.5,X'6206000000b0');
INSERT INTO outcomes VALUES(8,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(8,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(9,'search','letters','acc',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(9,'search','letters','acc_norm',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(9,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(9,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(10,'search','letters','acc',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(10,'search','letters','acc_norm',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(10,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(10,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(11,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(11,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(11,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(11,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(12,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(12,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(12,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(12,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(13,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(13,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(13,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(13,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(14,'search','letters','acc',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(14,'search','letters','acc_norm',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(14,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(14,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(15,'search','letters','acc',0.66666666666666662965,X'6206000000e4');
INSERT INTO outcomes VALUES(15,'search','letters','acc_norm',0.66666666666666662965,X'6206000000e4');
INSERT INTO outcomes VALUES(15,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(15,'search','words','acc_norm',0.5,X'620600000070');
INSERT INTO outcomes VALUES(16,'search','letters','acc',0.5,X'6206000000c4');
INSERT INTO outcomes VALUES(16,'search','letters','acc_norm',0.5,X'6206000000c4');
INSERT INTO outcomes VALUES(16,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(16,'search','words','acc_norm',0.5,X'620600000070');
INSERT INTO outcomes VALUES(18,'search','letters','acc',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(18,'search','letters','acc_norm',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(18,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(18,'search','words','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(19,'search','letters','acc',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(19,'search','letters','acc_norm',0.5,X'6206000000e0');
INSERT INTO outcomes VALUES(19,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(19,'search','words','acc_norm',0.33333333333333331482,X'620600000060');
INSERT INTO outcomes VALUES(20,'search','letters','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(20,'search','letters','acc_norm',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(20,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(20,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(18,'validation','letters','acc',0.75,X'6204000000e0');
INSERT INTO outcomes VALUES(18,'validation','letters','acc_norm',0.75,X'6204000000e0');
INSERT INTO outcomes VALUES(18,'validation','words','acc',0.0,X'620400000000');
INSERT INTO outcomes VALUES(18,'validation','words','acc_norm',0.75,X'6204000000d0');
INSERT INTO outcomes VALUES(19,'validation','letters','acc',0.5,X'620400000060');
INSERT INTO outcomes VALUES(19,'validation','letters','acc_norm',0.5,X'620400000060');
INSERT INTO outcomes VALUES(19,'validation','words','acc',0.0,X'620400000000');
INSERT INTO outcomes VALUES(19,'validation','words','acc_norm',0.5,X'620400000050');
INSERT INTO outcomes VALUES(21,'validation','letters','acc',0.5,X'620400000060');
INSERT INTO outcomes VALUES(21,'validation','letters','acc_norm',0.5,X'620400000060');
INSERT INTO outcomes VALUES(21,'validation','words','acc',0.0,X'620400000000');
INSERT INTO outcomes VALUES(21,'validation','words','acc_norm',0.75,X'6204000000d0');
INSERT INTO outcomes VALUES(18,'report','letters','acc',0.29999999999999998889,X'620a0000004600');
INSERT INTO outcomes VALUES(18,'report','letters','acc_norm',0.29999999999999998889,X'620a0000004600');
INSERT INTO outcomes VALUES(18,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(18,'report','words','acc_norm',0.4000000000000000222,X'620a0000009a00');
INSERT INTO outcomes VALUES(1,'report','letters','acc',0.2000000000000000111,X'620a0000000280');
INSERT INTO outcomes VALUES(1,'report','letters','acc_norm',0.2000000000000000111,X'620a0000000280');
INSERT INTO outcomes VALUES(1,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(1,'report','words','acc_norm',0.29999999999999998889,X'620a0000009200');
INSERT INTO outcomes VALUES(2,'report','letters','acc',0.4000000000000000222,X'620a0000003600');
INSERT INTO outcomes VALUES(2,'report','letters','acc_norm',0.4000000000000000222,X'620a0000003600');
INSERT INTO outcomes VALUES(2,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(2,'report','words','acc_norm',0.10000000000000000555,X'620a0000008000');
INSERT INTO outcomes VALUES(3,'report','letters','acc',0.29999999999999998889,X'620a0000005200');
INSERT INTO outcomes VALUES(3,'report','letters','acc_norm',0.29999999999999998889,X'620a0000005200');
INSERT INTO outcomes VALUES(3,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(3,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200');
INSERT INTO outcomes VALUES(4,'report','letters','acc',0.10000000000000000555,X'620a0000008000');
INSERT INTO outcomes VALUES(4,'report','letters','acc_norm',0.10000000000000000555,X'620a0000008000');
INSERT INTO outcomes VALUES(4,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(4,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200');
INSERT INTO outcomes VALUES(5,'report','letters','acc',0.10000000000000000555,X'620a0000008000');
INSERT INTO outcomes VALUES(5,'report','letters','acc_norm',0.10000000000000000555,X'620a0000008000');
INSERT INTO outcomes VALUES(5,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(5,'report','words','acc_norm',0.2000000000000000111,X'620a0000008200');
INSERT INTO outcomes VALUES(6,'report','letters','acc',0.69999999999999995559,X'620a000000bf00');
INSERT INTO outcomes VALUES(6,'report','letters','acc_norm',0.69999999999999995559,X'620a000000bf00');
INSERT INTO outcomes VALUES(6,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(6,'report','words','acc_norm',0.2000000000000000111,X'620a0000008100');
INSERT INTO outcomes VALUES(15,'report','letters','acc',0.2000000000000000111,X'620a0000008200');
INSERT INTO outcomes VALUES(15,'report','letters','acc_norm',0.2000000000000000111,X'620a0000008200');
INSERT INTO outcomes VALUES(15,'report','words','acc',0.5,X'620a0000006540');
INSERT INTO outcomes VALUES(15,'report','words','acc_norm',0.29999999999999998889,X'620a0000001a00');
INSERT INTO outcomes VALUES(23,'search','letters','acc',0.83333333333333337034,X'6206000000bc');
INSERT INTO outcomes VALUES(23,'search','letters','acc_norm',0.83333333333333337034,X'6206000000bc');
INSERT INTO outcomes VALUES(23,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(23,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(24,'search','letters','acc',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(24,'search','letters','acc_norm',0.33333333333333331482,X'6206000000a0');
INSERT INTO outcomes VALUES(24,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(24,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
INSERT INTO outcomes VALUES(22,'search','letters','acc',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(22,'search','letters','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(22,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(22,'search','words','acc_norm',0.16666666666666665741,X'620600000020');
INSERT INTO outcomes VALUES(26,'search','letters','acc',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(26,'search','letters','acc_norm',0.33333333333333331482,X'620600000030');
INSERT INTO outcomes VALUES(26,'search','words','acc',0.16666666666666665741,X'620600000080');
INSERT INTO outcomes VALUES(26,'search','words','acc_norm',0.33333333333333331482,X'620600000024');
CREATE INDEX ix_models_fingerprint ON models (fingerprint);
CREATE INDEX ix_lineage_parent_id ON lineage (parent_id);
CREATE INDEX ix_searches_name ON searches (name);
CREATE INDEX ix_trials_model_id ON trials (model_id);
CREATE INDEX ix_trials_search_state ON trials (search_id, state);
CREATE INDEX ix_attempts_trial_id ON attempts (trial_id);
COMMIT;
