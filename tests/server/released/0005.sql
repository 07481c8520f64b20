BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
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
INSERT INTO "attempts" VALUES('job-06610daaca6804a3c51471ca5e26e7',1,'w (RELEASED-T1)',1795561188203000,1795561188223000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795561188019000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','6dfac645f4357e5e','0000000000000000000000000000000000000000000000000000000000000000','d291009b14de3851c0b6691106d0850ad5aa5255a231bfa87321ece537c4dd58');
INSERT INTO "audit" VALUES(2,1795561188031000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','faa0d39065badbbf','d291009b14de3851c0b6691106d0850ad5aa5255a231bfa87321ece537c4dd58','8ea670a4473fc8459e1dbee7e8173f72fba0943d61c2c80da60bf48a7288bae7');
INSERT INTO "audit" VALUES(3,1795561188039000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','cc568a47ee1275bf','8ea670a4473fc8459e1dbee7e8173f72fba0943d61c2c80da60bf48a7288bae7','8198bfe7e8a6139973ff0708dcf0744bca44f704ab39d432138da6f5795d2e2f');
INSERT INTO "audit" VALUES(4,1795561188048000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','6b8f0f16aac01a56','8198bfe7e8a6139973ff0708dcf0744bca44f704ab39d432138da6f5795d2e2f','8a33f9f8459c2c6dbb223e7f217e587c1dbaf126190e0f279097ceda0a481836');
INSERT INTO "audit" VALUES(5,1795561188106000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610daaca04e36d353363e84cc3d7","targets":[],"version":"v1"}','b99d302a604bdc52','8a33f9f8459c2c6dbb223e7f217e587c1dbaf126190e0f279097ceda0a481836','4b7746b9f0e42e0892ff3a0b18adadaaa49cfb09c6a2c1293b3a050888fe2fd7');
INSERT INTO "audit" VALUES(6,1795561188126000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610daaca64ca9154c8b0daf64346","targets":["de-1"],"version":"v1"}','36f83a0dcdc98c95','4b7746b9f0e42e0892ff3a0b18adadaaa49cfb09c6a2c1293b3a050888fe2fd7','512810ad4b6fccaea06428e43e175eb81c60e7887a5071a7fc479474aadaa9b4');
INSERT INTO "audit" VALUES(7,1795561188137000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610daaca9407d1a2c28805ccd4f7","targets":["de-1"],"version":"v1"}','b3ed1151aa519d48','512810ad4b6fccaea06428e43e175eb81c60e7887a5071a7fc479474aadaa9b4','a6eed2fef2edb09624b75b867a51a5c1093174c9794a052874dd3470727602ca');
INSERT INTO "audit" VALUES(8,1795561188146000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610daacaba1ab888671e6500a9d9","targets":[],"version":"v1"}','73edf160a059b861','a6eed2fef2edb09624b75b867a51a5c1093174c9794a052874dd3470727602ca','4c328e0677b386f128a2bbb31429286120e8b6e9ede790fe23b7072a6e006ef3');
INSERT INTO "audit" VALUES(9,1795561188157000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','c0108f3da8421852','4c328e0677b386f128a2bbb31429286120e8b6e9ede790fe23b7072a6e006ef3','90f1fc6c45f98172d918f61ab339ea2318fba737aa5041b927be386272afe644');
INSERT INTO "audit" VALUES(10,1795561188170000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','d7f5c47f338f4139','90f1fc6c45f98172d918f61ab339ea2318fba737aa5041b927be386272afe644','6cc6144d811cd083f0f9983891496c453838c14c380656e9c9a091cb54d61039');
INSERT INTO "audit" VALUES(11,1795561188229000,'tenant:RELEASED-T1','job.complete','t1','job-06610daaca6804a3c51471ca5e26e7','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','84f93a70db446a5c','6cc6144d811cd083f0f9983891496c453838c14c380656e9c9a091cb54d61039','b83255b8c91785c1e0933bfc3943a0debeecf173e97adc3391b3471e51869422');
INSERT INTO "audit" VALUES(12,1795561188278000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-06610daaccba1004faffb55b13a973','{"backend":"fi-1","entries":1,"sha256":"2c4232e280dd8625e1770cbc5f6edc7ccb9f9e2ee883b1b44a59489af27405c7"}','f1e49734c964bc38','b83255b8c91785c1e0933bfc3943a0debeecf173e97adc3391b3471e51869422','fc99c1eef32c3e472a772f13c3ba69ce04bc57ecab2d34fbb7217f348d982fcb');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'fc99c1eef32c3e472a772f13c3ba69ce04bc57ecab2d34fbb7217f348d982fcb');
CREATE TABLE backend_controls (
	backend VARCHAR NOT NULL, 
	paused_at BIGINT, 
	reason TEXT, 
	max_concurrent INTEGER, 
	max_bytes_per_second BIGINT, 
	failures_in_row INTEGER DEFAULT 0 NOT NULL, 
	trips INTEGER DEFAULT 0 NOT NULL, 
	broken_until BIGINT, 
	copied_objects BIGINT DEFAULT 0 NOT NULL, 
	copied_bytes BIGINT DEFAULT 0 NOT NULL, 
	failures BIGINT DEFAULT 0 NOT NULL, 
	last_error TEXT, 
	last_failure_at BIGINT, 
	last_success_at BIGINT, 
	CONSTRAINT pk_backend_controls PRIMARY KEY (backend)
);
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795561188223000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795561188223000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795561188015000,1795561188015000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795561188031000,1795561188031000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'9AC4C91187F6BAC4F6A06F2079A59A2570CD19BA22105C6E36E81FEF89F40390B0909F92A88B54E90C3A14A7882D57AB7B',1795561188046000,NULL);
CREATE TABLE erasures (
	object_id INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	proof TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	CONSTRAINT pk_erasures PRIMARY KEY (object_id), 
	CONSTRAINT fk_erasures_object_id FOREIGN KEY(object_id) REFERENCES objects (id), 
	CONSTRAINT fk_erasures_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
CREATE TABLE further_keys (
	object_id INTEGER NOT NULL, 
	revision BIGINT NOT NULL, 
	submission TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	CONSTRAINT pk_further_keys PRIMARY KEY (object_id, revision), 
	CONSTRAINT fk_further_keys_object_id FOREIGN KEY(object_id) REFERENCES objects (id)
);
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795561188169000,'tenant:RELEASED-T1');
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
	reason TEXT, kind TEXT DEFAULT 'copy' NOT NULL, cause TEXT, paused_at BIGINT, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT fk_jobs_object_id FOREIGN KEY(object_id) REFERENCES objects (id), 
	CONSTRAINT fk_jobs_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "jobs" VALUES('job-06610daaca6804a3c51471ca5e26e7','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795561188121000,1795561188223000,NULL,'w (RELEASED-T1)',X'D0D858D2180C0430B3372E18FF81D20A1DD38536E48AC9AC920B3DAC12E6763E',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-06610daaca9755cdffaa6eb7cdad33','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795561188134000,1795561188134000,1795561188134000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
CREATE TABLE lanes (
	tenant_id VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	CONSTRAINT pk_lanes PRIMARY KEY (tenant_id, source, target), 
	CONSTRAINT fk_lanes_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "lanes" VALUES('t1','ceph-eu1','de-1');
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795561188093000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795561188121000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795561188093000,NULL,'tenant:RELEASED-T1','receipt-06610daaca04e36d353363e84cc3d7','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"4b7746b9f0e42e0892ff3a0b18adadaaa49cfb09c6a2c1293b3a050888fe2fd7"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610daaca04e36d353363e84cc3d7","recorded_at":"2026-11-24T22:59:48.093000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-67d955de7992ba16","value":"CQtOKqWhhy9P2WWouj58CNi5YxUGbHL2HBHaCXSoSLE0OJGeRhKANWsEkF9CpvHAPk5appPdURMQH6iSIx22CA=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795561188121000,NULL,'tenant:RELEASED-T1','receipt-06610daaca64ca9154c8b0daf64346','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"512810ad4b6fccaea06428e43e175eb81c60e7887a5071a7fc479474aadaa9b4"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610daaca6804a3c51471ca5e26e7","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610daaca64ca9154c8b0daf64346","recorded_at":"2026-11-24T22:59:48.121000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-67d955de7992ba16","value":"gDOvf1OfyiB3ntE0cYCJM+16Vo2nGE6DZC1rsh1LlQ1k+culxOy45yul57vhyvPvB4GZqw1wS9n8MjXuTVZ+Bw=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795561188134000,NULL,'tenant:RELEASED-T1','receipt-06610daaca9407d1a2c28805ccd4f7','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"a6eed2fef2edb09624b75b867a51a5c1093174c9794a052874dd3470727602ca"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610daaca9755cdffaa6eb7cdad33","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610daaca9407d1a2c28805ccd4f7","recorded_at":"2026-11-24T22:59:48.134000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-67d955de7992ba16","value":"PeTtBOa5vgnSRAZixAjaiB03lU4989KjU1KatBc5zwqETJBSI292aYJdC1sjrldwHkjtLYq6j8hgkcSWmpiKAg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795561188144000,1795561188152000,'tenant:RELEASED-T1','receipt-06610daacaba1ab888671e6500a9d9','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"4c328e0677b386f128a2bbb31429286120e8b6e9ede790fe23b7072a6e006ef3"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610daacaba1ab888671e6500a9d9","recorded_at":"2026-11-24T22:59:48.144000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-67d955de7992ba16","value":"BWfPDr831FVn2y2S80TFIahKjE1CoNZhdnj9y2Jimbba41U1JbMRoMutQSpN1sxf0W1tQgTGtXIcvLBUkYhxAw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
CREATE TABLE operator_keys (
	key_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	label TEXT, 
	key_sha256 BLOB NOT NULL, 
	status TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by TEXT NOT NULL, 
	expires_at BIGINT, 
	CONSTRAINT pk_operator_keys PRIMARY KEY (key_id)
);
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
	verified_by TEXT, state TEXT DEFAULT 'ok' NOT NULL, checked_at BIGINT, problem TEXT, 
	CONSTRAINT pk_replicas PRIMARY KEY (object_id, backend), 
	CONSTRAINT fk_replicas_object_id FOREIGN KEY(object_id) REFERENCES objects (id)
);
INSERT INTO "replicas" VALUES(1,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL,'ok',NULL,NULL);
INSERT INTO "replicas" VALUES(2,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL,'ok',NULL,NULL);
INSERT INTO "replicas" VALUES(3,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL,'ok',NULL,NULL);
INSERT INTO "replicas" VALUES(4,'ceph-eu1',0,'s3://s3gw-a1b2c3d4-spacetim','abc123',NULL,NULL,'registered',NULL,NULL,'ok',NULL,NULL);
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795561188223000,'checksum','ok',1795561188223000,NULL);
CREATE TABLE schedules (
	name VARCHAR NOT NULL, 
	next_at BIGINT NOT NULL, 
	CONSTRAINT pk_schedules PRIMARY KEY (name)
);
CREATE TABLE sealing (
	id INTEGER NOT NULL, 
	salt BLOB NOT NULL, 
	iterations INTEGER NOT NULL, 
	lanes INTEGER NOT NULL, 
	memory_kib INTEGER NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	CONSTRAINT pk_sealing PRIMARY KEY (id)
);
INSERT INTO "sealing" VALUES(1,X'E369502D2D9541B2DE4F5A498B1FC08E',3,4,65536,X'26785F06F10EF6690F1E4C018D2A2454F252C1EBEE39CE8BA65CFF6015BCE3DF38475671FB9B5DAF3F29F0B7107E1544741C9D94BCE8D60C50CEE7A3');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-67d955de7992ba16','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAeszXDmq5SoGgiY4OYIDf0FBoYDb5FqYYCAVRMbox4Ys=
-----END PUBLIC KEY-----
',X'83801C66A6B03724250E2318B09822B5F00EB7264C5AA1FA16C50166662562037DC257D91E21AF01594AC04B3FF64334CFC64DEB457B446A351C95F0',1795561187873000);
CREATE TABLE snapshot_chunks (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_snapshot_chunks PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_chunks_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id)
);
INSERT INTO "snapshot_chunks" VALUES('snapshot-06610daaccba1004faffb55b13a973',0,X'789C8BAE564A2A4DCE4E2D51B282317494724B327353810246064666BA0686401462606005465140E9BC44B06C2290599C5905641AD6C6020000711427');
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
INSERT INTO "snapshots" VALUES('snapshot-06610daaccba1004faffb55b13a973','t1','fi-1',NULL,NULL,1767225600000000,1795561188276000,'{"buckets":[{"name":"bucket","object_lock":null,"omitted_bytes":0,"omitted_entries":0,"versioning":"unknown"}],"chunks":["7cbc3f85bba02610f09b082c9ede81bd8e84e8748346c60adb88dd1aefab9199"],"header":{"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"id":"snapshot-06610daaccba1004faffb55b13a973","label":null,"omitted_buckets":0,"omitted_entries":0,"recorded_at":1795561188276000,"stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1"}}',1,1,1,1,0,0,'2c4232e280dd8625e1770cbc5f6edc7ccb9f9e2ee883b1b44a59489af27405c7');
CREATE TABLE tenant_controls (
	tenant_id VARCHAR NOT NULL, 
	paused_at BIGINT, 
	reason TEXT, 
	CONSTRAINT pk_tenant_controls PRIMARY KEY (tenant_id), 
	CONSTRAINT fk_tenant_controls_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
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
	updated_at BIGINT NOT NULL, tombstones TEXT DEFAULT 'keep' NOT NULL, 
	CONSTRAINT pk_tenants PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795561188037000,1795561188037000,'keep');
CREATE INDEX ix_audit_tenant_id_sequence ON audit (tenant_id, sequence);
CREATE INDEX ix_credentials_tenant_id ON credentials (tenant_id);
CREATE INDEX ix_objects_object_key_id ON objects (object_key, id);
CREATE INDEX ix_objects_tenant_id_object_key_id ON objects (tenant_id, object_key, id);
CREATE INDEX ix_snapshots_tenant_id_id ON snapshots (tenant_id, id);
CREATE INDEX ix_jobs_object_id ON jobs (object_id);
CREATE INDEX ix_jobs_tenant_id_id ON jobs (tenant_id, id);
CREATE UNIQUE INDEX uq_jobs_active ON jobs (object_id, target) WHERE state IN ('queued', 'leased', 'retrying', 'blocked');
CREATE INDEX ix_erasures_tenant_id_object_id ON erasures (tenant_id, object_id);
CREATE INDEX ix_jobs_state ON jobs (state, id);
CREATE INDEX ix_jobs_updated ON jobs (updated_at, id);
CREATE INDEX ix_jobs_lane ON jobs (tenant_id, source, target, priority DESC, next_attempt_at, id) WHERE state IN ('queued', 'retrying') AND paused_at IS NULL;
CREATE INDEX ix_objects_residency_object_key_id ON objects (residency, object_key, id);
CREATE INDEX ix_objects_key_id_object_key_id ON objects (key_id, object_key, id);
CREATE INDEX ix_objects_recorded_at ON objects (recorded_at);
CREATE INDEX ix_replicas_backend_object_id ON replicas (backend, object_id);
CREATE INDEX ix_audit_subject_sequence ON audit (subject, sequence);
CREATE INDEX ix_objects_deleted ON objects (object_key, id) WHERE state = 'deleted';
COMMIT;
