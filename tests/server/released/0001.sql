BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempts (
	job_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	worker TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	outcome TEXT NOT NULL, 
	error TEXT, 
	bytes_done BIGINT NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (job_id, number), 
	CONSTRAINT fk_attempts_job_id FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "attempts" VALUES('job-06610cb1516fde8926359753ab02fd',1,'w (RELEASED-T1)',1795557002755000,1795557002785000,'succeeded',NULL,0);
CREATE TABLE audit (
	sequence BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	tenant_id VARCHAR, 
	subject TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	request_id TEXT, 
	previous TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (sequence)
);
INSERT INTO "audit" VALUES(1,1795557002566000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','c14de7df90182c55','0000000000000000000000000000000000000000000000000000000000000000','0cd9bf7ea7ff0049e2e6589d88e975150c0cce1b96393731605fc6d7e47c9fbb');
INSERT INTO "audit" VALUES(2,1795557002579000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','11757839bc81ad55','0cd9bf7ea7ff0049e2e6589d88e975150c0cce1b96393731605fc6d7e47c9fbb','55fd40bbb6e42fb3da4398727d112ba8ecfc2d6835e88e124e6a5769390973ff');
INSERT INTO "audit" VALUES(3,1795557002594000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU"}','04cb2221376f8eee','55fd40bbb6e42fb3da4398727d112ba8ecfc2d6835e88e124e6a5769390973ff','cd21fcd4603f66bf4d253b44f11a008d15a25ebe5a39a521c6478514a2a603da');
INSERT INTO "audit" VALUES(4,1795557002605000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','03290d73702af41d','cd21fcd4603f66bf4d253b44f11a008d15a25ebe5a39a521c6478514a2a603da','a2561e4e55e0e9630c7ae9e3702a351044de9cd6252fb8e5a7d11a143b748e7e');
INSERT INTO "audit" VALUES(5,1795557002661000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb15147c90ba9385b40c91777","targets":[],"version":"v1"}','e0bae958e585a1a7','a2561e4e55e0e9630c7ae9e3702a351044de9cd6252fb8e5a7d11a143b748e7e','6d6775b5d5422171fae90649e849ebaa569675dbd10d2f1e535108d3a5891a7e');
INSERT INTO "audit" VALUES(6,1795557002670000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1516dbd845f4899b97c9226","targets":["de-1"],"version":"v1"}','05105957dbe6bfac','6d6775b5d5422171fae90649e849ebaa569675dbd10d2f1e535108d3a5891a7e','93989fe799bbbc8de51fa4e48520bbfda70cacfb1bbaf81d62c978dcb3d45e39');
INSERT INTO "audit" VALUES(7,1795557002685000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb151aa296278c623b9c16b3f","targets":["de-1"],"version":"v1"}','9537ef23b1e47438','93989fe799bbbc8de51fa4e48520bbfda70cacfb1bbaf81d62c978dcb3d45e39','baaafa331f949d7fb4f6dbe1f78920d07aa9d838d9a087a70d3497bc15380db1');
INSERT INTO "audit" VALUES(8,1795557002692000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb151c4762efbb85ec6166fcd","targets":[],"version":"v1"}','24c3b4be9f9d074e','baaafa331f949d7fb4f6dbe1f78920d07aa9d838d9a087a70d3497bc15380db1','a962d7c77322ce5c484c4374924384ee930538995ce1ec513e220fe0c634738e');
INSERT INTO "audit" VALUES(9,1795557002700000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','48e36962689d39e0','a962d7c77322ce5c484c4374924384ee930538995ce1ec513e220fe0c634738e','d902de4557eed3d1a6fdfe3464851e9dc0de41f2d4693457194e1ab675a727fb');
INSERT INTO "audit" VALUES(10,1795557002788000,'tenant:RELEASED-T1','job.complete','t1','job-06610cb1516fde8926359753ab02fd','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','72e4374cd572d7e7','d902de4557eed3d1a6fdfe3464851e9dc0de41f2d4693457194e1ab675a727fb','de92ebc853554a3a435adc2247153856504188ceaba11b15abc98ba43d66a507');
INSERT INTO "audit" VALUES(11,1795557002796000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-06610cb153558f07d7a4a2fda7840a','{"backend":"fi-1","entries":1,"sha256":"a63e58e79cbdef42dc19a3318eed6203f5ffc85964b26a55ba9e81d0c107c185"}','cf1b376d4d0552ed','de92ebc853554a3a435adc2247153856504188ceaba11b15abc98ba43d66a507','849c3915fd9c8a81cff192b87032d9ae144cc908235d342f93baa0834a4aa8b3');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,11,'849c3915fd9c8a81cff192b87032d9ae144cc908235d342f93baa0834a4aa8b3');
CREATE TABLE backends (
	id VARCHAR NOT NULL, 
	provider TEXT, 
	region TEXT NOT NULL, 
	country TEXT, 
	endpoint TEXT NOT NULL, 
	addressing TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_backends PRIMARY KEY (id)
);
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795557002565000,1795557002565000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795557002579000,1795557002579000);
CREATE TABLE credentials (
	access_key VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	role TEXT NOT NULL, 
	tenants TEXT NOT NULL, 
	label TEXT, 
	status TEXT NOT NULL, 
	sealed_secret BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	CONSTRAINT pk_credentials PRIMARY KEY (access_key), 
	CONSTRAINT fk_credentials_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'B6058D903ADD8F28B77E23B665D892C564D81543B8A96958FB10FA79D1614B9D204FDBA39FD2C7D7B6654DF690F6CE447D',1795557002604000,NULL);
CREATE TABLE jobs (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	object_id INTEGER NOT NULL, 
	object_key VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	state TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	next_attempt_at BIGINT, 
	worker TEXT, 
	lease_token_sha256 BLOB, 
	lease_expires_at BIGINT, 
	bytes_done BIGINT NOT NULL, 
	bytes_total BIGINT, 
	reason TEXT, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT fk_jobs_object_id FOREIGN KEY(object_id) REFERENCES objects (id), 
	CONSTRAINT fk_jobs_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "jobs" VALUES('job-06610cb1516fde8926359753ab02fd','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795557002668000,1795557002785000,NULL,'w (RELEASED-T1)',X'738BC965932184DEC7468037C9F65568E4E3964DD64AB2853F2AE472AF59F892',NULL,0,NULL,NULL);
INSERT INTO "jobs" VALUES('job-06610cb151ac58bb774a28b511d44a','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795557002683000,1795557002683000,1795557002683000,NULL,NULL,NULL,0,NULL,NULL);
CREATE TABLE namespaces (
	bucket VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	logical VARCHAR NOT NULL, 
	backend VARCHAR NOT NULL, 
	counter INTEGER NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_namespaces PRIMARY KEY (bucket), 
	CONSTRAINT fk_namespaces_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id), 
	CONSTRAINT uq_namespaces_tenant_id_region_logical_backend UNIQUE (tenant_id, region, logical, backend)
);
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795557002656000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795557002668000);
CREATE TABLE objects (
	id INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	object_key VARCHAR NOT NULL, 
	version VARCHAR NOT NULL, 
	state TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	deleted_at BIGINT, 
	recorded_by TEXT NOT NULL, 
	receipt_id VARCHAR NOT NULL, 
	submission TEXT NOT NULL, 
	receipt TEXT NOT NULL, 
	residency VARCHAR NOT NULL, 
	key_id VARCHAR NOT NULL, 
	key_alg TEXT NOT NULL, 
	replica_count INTEGER NOT NULL, 
	size BIGINT, 
	ciphertext_size BIGINT, 
	CONSTRAINT pk_objects PRIMARY KEY (id), 
	CONSTRAINT fk_objects_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id), 
	CONSTRAINT uq_objects_object_key_version UNIQUE (object_key, version), 
	CONSTRAINT uq_objects_receipt_id UNIQUE (receipt_id)
);
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795557002656000,NULL,'tenant:RELEASED-T1','receipt-06610cb15147c90ba9385b40c91777','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"6d6775b5d5422171fae90649e849ebaa569675dbd10d2f1e535108d3a5891a7e"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb15147c90ba9385b40c91777","recorded_at":"2026-11-24T21:50:02.656000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-09285c0aa4cfc940","value":"ddTpgm/RYruGDa/M+YuBjB4UeRaoHhRmtN2QjbsQFWac4Y2EmEIDpL8GkX/Mxw1NfGptQScPnw0+aiI/RnOFDg=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795557002668000,NULL,'tenant:RELEASED-T1','receipt-06610cb1516dbd845f4899b97c9226','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"93989fe799bbbc8de51fa4e48520bbfda70cacfb1bbaf81d62c978dcb3d45e39"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb1516fde8926359753ab02fd","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1516dbd845f4899b97c9226","recorded_at":"2026-11-24T21:50:02.668000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-09285c0aa4cfc940","value":"llLaB7Y/+DrTjD2DnXc5jmbJ5FDf2Om2Z4sNxFZMT34jZi7B4Zr1JGR02auKb8kzcKOCmmHxfumgMMr/7qLtAg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795557002683000,NULL,'tenant:RELEASED-T1','receipt-06610cb151aa296278c623b9c16b3f','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"baaafa331f949d7fb4f6dbe1f78920d07aa9d838d9a087a70d3497bc15380db1"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb151ac58bb774a28b511d44a","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb151aa296278c623b9c16b3f","recorded_at":"2026-11-24T21:50:02.683000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-09285c0aa4cfc940","value":"CU9OmaEMNReQr+K+DYOiCY9uO8a2Zs2121yn6pBWxexbdxmoUTbVcbKKzA6wk5gOzIHUKNfxJOPDx/wIWZ6NCA=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795557002690000,1795557002698000,'tenant:RELEASED-T1','receipt-06610cb151c4762efbb85ec6166fcd','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"a962d7c77322ce5c484c4374924384ee930538995ce1ec513e220fe0c634738e"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb151c4762efbb85ec6166fcd","recorded_at":"2026-11-24T21:50:02.690000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-09285c0aa4cfc940","value":"lGITXwfI8w5XAozJKrYyY2J6kZzyu93WEQ+9ficsdxbTP1NWxtn0oAniy8YJx/tKoF74iNP2NjPwMKTBJ4hEDg=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
CREATE TABLE public_keys (
	tenant_id VARCHAR NOT NULL, 
	key_id VARCHAR NOT NULL, 
	key_alg TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	public_key TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_public_keys PRIMARY KEY (tenant_id, key_id), 
	CONSTRAINT fk_public_keys_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE TABLE replicas (
	object_id INTEGER NOT NULL, 
	backend VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	url TEXT NOT NULL, 
	etag TEXT NOT NULL, 
	version_id TEXT, 
	country TEXT, 
	source TEXT NOT NULL, 
	verified_at BIGINT, 
	verified_by TEXT, 
	CONSTRAINT pk_replicas PRIMARY KEY (object_id, backend), 
	CONSTRAINT fk_replicas_object_id FOREIGN KEY(object_id) REFERENCES objects (id)
);
INSERT INTO "replicas" VALUES(1,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL);
INSERT INTO "replicas" VALUES(2,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL);
INSERT INTO "replicas" VALUES(3,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL);
INSERT INTO "replicas" VALUES(4,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL);
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795557002785000,'checksum');
CREATE TABLE sealing (
	id INTEGER NOT NULL, 
	salt BLOB NOT NULL, 
	iterations INTEGER NOT NULL, 
	lanes INTEGER NOT NULL, 
	memory_kib INTEGER NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	CONSTRAINT pk_sealing PRIMARY KEY (id)
);
INSERT INTO "sealing" VALUES(1,X'E8460895E67BED40B3DE98D371BA7987',3,4,65536,X'D1B85F10096C5BAE7A3911234B327128112783BDFC80BCB83F6ADF08428724D75A610595A481BE1CDD1AB9970E6ABA403D5BC85CF78FD0F001C7211C');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-09285c0aa4cfc940','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAfVdgLoowEk3ymstemEDnmvJYBv5fHOsN5C8gySDtbfs=
-----END PUBLIC KEY-----
',X'43E4E44B3D62BE737E3B6DC7BE659AFE9E1664DE9B9D29D9A26D1F520BEB4FC0E938DA0E6B18810D741449D6C3AA8301711A2BACAE44F0B759E11FF5',1795557002462000);
CREATE TABLE snapshot_chunks (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_snapshot_chunks PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_chunks_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id)
);
INSERT INTO "snapshot_chunks" VALUES('snapshot-06610cb153558f07d7a4a2fda7840a',0,X'789C8BAE564A2A4DCE4E2D51B282317494724B327353810246064666BA0686401462606005465140E9BC44B06C2290599C5905641AD6C6020000711427');
CREATE TABLE snapshots (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	backend VARCHAR NOT NULL, 
	endpoint TEXT, 
	label TEXT, 
	taken_at BIGINT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	manifest TEXT NOT NULL, 
	buckets BIGINT NOT NULL, 
	entries BIGINT NOT NULL, 
	stored_entries BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	omitted_buckets BIGINT NOT NULL, 
	omitted_entries BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	CONSTRAINT pk_snapshots PRIMARY KEY (id), 
	CONSTRAINT fk_snapshots_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "snapshots" VALUES('snapshot-06610cb153558f07d7a4a2fda7840a','t1','fi-1',NULL,NULL,1767225600000000,1795557002794000,'{"buckets":[{"name":"bucket","object_lock":null,"omitted_bytes":0,"omitted_entries":0,"versioning":"unknown"}],"chunks":["7cbc3f85bba02610f09b082c9ede81bd8e84e8748346c60adb88dd1aefab9199"],"header":{"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"id":"snapshot-06610cb153558f07d7a4a2fda7840a","label":null,"omitted_buckets":0,"omitted_entries":0,"recorded_at":1795557002794000,"stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1"}}',1,1,1,1,0,0,'a63e58e79cbdef42dc19a3318eed6203f5ffc85964b26a55ba9e81d0c107c185');
CREATE TABLE tenants (
	id VARCHAR NOT NULL, 
	name TEXT, 
	residency TEXT NOT NULL, 
	replicas INTEGER NOT NULL, 
	allowed_backends TEXT, 
	quota_objects BIGINT, 
	quota_bytes BIGINT, 
	object_count BIGINT DEFAULT 0 NOT NULL, 
	byte_count BIGINT DEFAULT 0 NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_tenants PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795557002593000,1795557002593000);
CREATE INDEX ix_audit_tenant_id_sequence ON audit (tenant_id, sequence);
CREATE INDEX ix_credentials_tenant_id ON credentials (tenant_id);
CREATE INDEX ix_objects_object_key_id ON objects (object_key, id);
CREATE INDEX ix_objects_tenant_id_object_key_id ON objects (tenant_id, object_key, id);
CREATE INDEX ix_snapshots_tenant_id_id ON snapshots (tenant_id, id);
CREATE INDEX ix_jobs_object_id ON jobs (object_id);
CREATE INDEX ix_jobs_ready ON jobs (state, next_attempt_at, id);
CREATE INDEX ix_jobs_tenant_id_id ON jobs (tenant_id, id);
CREATE UNIQUE INDEX uq_jobs_active ON jobs (object_id, target) WHERE state IN ('queued', 'leased', 'retrying', 'blocked');
COMMIT;
