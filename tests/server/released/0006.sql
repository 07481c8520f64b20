BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0006');
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
INSERT INTO "attempts" VALUES('job-06610f972ee9ab7501f2190cf803f2',1,'w (RELEASED-T1)',1795569449243000,1795569449273000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795569448619000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','e4213d2cf08b78b3','0000000000000000000000000000000000000000000000000000000000000000','a2a64781a55601f6587cb37d26897a9ffa04dec217eb2c51c5d1a7ab11d83d15');
INSERT INTO "audit" VALUES(2,1795569448647000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','4ef73a5c7ca25eb2','a2a64781a55601f6587cb37d26897a9ffa04dec217eb2c51c5d1a7ab11d83d15','8ebb5594982dc98ea2fbd1f11b361e8b0cb1e474b1a5161d49b8240b36378b6c');
INSERT INTO "audit" VALUES(3,1795569448666000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','7641ac6373e2149e','8ebb5594982dc98ea2fbd1f11b361e8b0cb1e474b1a5161d49b8240b36378b6c','082162eff1037e459aa0ad99781f6dd9f113c6bf373713f962dfd3c3467f5f8f');
INSERT INTO "audit" VALUES(4,1795569448707000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','3b039882e05dec27','082162eff1037e459aa0ad99781f6dd9f113c6bf373713f962dfd3c3467f5f8f','abb3744733312c648599b2aac3122272b2bbbe0ade7787ef217c89f5458a492b');
INSERT INTO "audit" VALUES(5,1795569448952000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610f972c95155092a46c353b2064","targets":[],"version":"v1"}','c8a5eaaaad8f3d19','abb3744733312c648599b2aac3122272b2bbbe0ade7787ef217c89f5458a492b','d4b49efad31fb094bc083993203b0f1bb43f564db0050f1488bf5eadc0cbc64b');
INSERT INTO "audit" VALUES(6,1795569449103000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610f972ee7125dbba59aa7929bcf","targets":["de-1"],"version":"v1"}','784118f3a267e233','d4b49efad31fb094bc083993203b0f1bb43f564db0050f1488bf5eadc0cbc64b','6077c768af19e63dc3bf2d9c3fd90e460e01feca5967bfafa98577713b280a24');
INSERT INTO "audit" VALUES(7,1795569449123000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610f972f3b9e91ec04d7e0b9e060","targets":["de-1"],"version":"v1"}','9307dbba969ddbf6','6077c768af19e63dc3bf2d9c3fd90e460e01feca5967bfafa98577713b280a24','783cc31f5d5fbc07350310999fb2ee841cbfbcb79f32da9ae79db6d862cbacbb');
INSERT INTO "audit" VALUES(8,1795569449146000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610f972f773b10c6dfbab8073e97","targets":[],"version":"v1"}','3f2875ddabf61b8b','783cc31f5d5fbc07350310999fb2ee841cbfbcb79f32da9ae79db6d862cbacbb','73bdcfc1de21488a8257b236a2d15fef14ed15cca7589a703fff104289e5c497');
INSERT INTO "audit" VALUES(9,1795569449168000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','208eacbfa029e142','73bdcfc1de21488a8257b236a2d15fef14ed15cca7589a703fff104289e5c497','08f22b9a6d1dd4c23662cf2e7a667aaf26aa43a6254d38c990c740af27d0fd5b');
INSERT INTO "audit" VALUES(10,1795569449181000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','202f5de82600c80c','08f22b9a6d1dd4c23662cf2e7a667aaf26aa43a6254d38c990c740af27d0fd5b','969ee0b8e146ad58258df2bb55cb10bd8b2061c94643ab3f5d91186b793b56b4');
INSERT INTO "audit" VALUES(11,1795569449283000,'tenant:RELEASED-T1','job.complete','t1','job-06610f972ee9ab7501f2190cf803f2','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','cd3f3aa157abead4','969ee0b8e146ad58258df2bb55cb10bd8b2061c94643ab3f5d91186b793b56b4','a3ba58d90a532472f0a99b014a23766534d072d3d217e2b7d5835a58ef4e525a');
INSERT INTO "audit" VALUES(12,1795569449523000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-06610f97353ffdb8b53429033a75b9','{"all_buckets":false,"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"failures":null,"label":null,"omitted_buckets":0,"omitted_entries":0,"receipts":null,"sha256":"ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f","stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1","versions":false}','8caddf70e902ea37','a3ba58d90a532472f0a99b014a23766534d072d3d217e2b7d5835a58ef4e525a','6974518d23041247fdd1b78256e9230cc18f383ecc586786887728183602dd27');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'6974518d23041247fdd1b78256e9230cc18f383ecc586786887728183602dd27');
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
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795569449273000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795569449273000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795569448617000,1795569448617000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795569448647000,1795569448647000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'0F48BD19C6682486B5B6AE86BD224BB332B73A8D6BE5A74BA2130DEC46AB7F037C015586611E8BF912C2F8D0E7F52E8D88',1795569448704000,NULL);
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
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795569449180000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-06610f972ee9ab7501f2190cf803f2','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795569449099000,1795569449273000,NULL,'w (RELEASED-T1)',X'1E5A11F779830F71BBCE54A0F23B92BE657F55333116DEBC6E0C5DD05A20EB59',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-06610f972f3e796be213999ebf600f','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795569449121000,1795569449121000,1795569449121000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795569448929000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795569449099000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795569448929000,NULL,'tenant:RELEASED-T1','receipt-06610f972c95155092a46c353b2064','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"d4b49efad31fb094bc083993203b0f1bb43f564db0050f1488bf5eadc0cbc64b"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610f972c95155092a46c353b2064","recorded_at":"2026-11-25T01:17:28.929000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-8932ee8e813f8767","value":"2G5HrZVO0Fztj9YOXQ1gAfmjRs+e/v9R21drV3/sF1zlRM+U++vC34yNrNGhUNmaKHLKlIwMETZ4k+Y/awgzCw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795569449099000,NULL,'tenant:RELEASED-T1','receipt-06610f972ee7125dbba59aa7929bcf','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"6077c768af19e63dc3bf2d9c3fd90e460e01feca5967bfafa98577713b280a24"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610f972ee9ab7501f2190cf803f2","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610f972ee7125dbba59aa7929bcf","recorded_at":"2026-11-25T01:17:29.099000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-8932ee8e813f8767","value":"dzrnfdMJNZo7SgGL533V5o+FevCv+1djf6YGHI2+40He08aS693cIjTuJBBirVs1r3LdX0T9/OCZpEfmOHcpCQ=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795569449121000,NULL,'tenant:RELEASED-T1','receipt-06610f972f3b9e91ec04d7e0b9e060','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"783cc31f5d5fbc07350310999fb2ee841cbfbcb79f32da9ae79db6d862cbacbb"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610f972f3e796be213999ebf600f","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610f972f3b9e91ec04d7e0b9e060","recorded_at":"2026-11-25T01:17:29.121000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-8932ee8e813f8767","value":"zIYveYZPv/sxX7VnOtW3Kg4fveR2q3/3XDefgtKge/SVwB15wjNKaJB079XqMoEfYiLz9prHNeuuE7fMWULqCw=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795569449132000,1795569449154000,'tenant:RELEASED-T1','receipt-06610f972f773b10c6dfbab8073e97','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"73bdcfc1de21488a8257b236a2d15fef14ed15cca7589a703fff104289e5c497"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610f972f773b10c6dfbab8073e97","recorded_at":"2026-11-25T01:17:29.132000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-8932ee8e813f8767","value":"QIDmXMyd+lwoLXNiu+c+2Ss5R4x6bRh2wTKufbiUenZfTEaYsXBo4G2hIWbS/gPH4fYJ0XOqCUvjaRFCDkpECQ=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795569449273000,'checksum','ok',1795569449273000,NULL);
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
INSERT INTO "sealing" VALUES(1,X'A7B5BAC219C114F56C7BB5F9AD54A690',3,4,65536,X'0F762CFCEB0CFC833F00EF5374977F6A5EE58B49E22BAA0503C533B249670BC485DF3CA533C761427D18E7854BB537CB19483BBE2B1823B6192F42A0');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-8932ee8e813f8767','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAdQNga7lz/X4y60+mitU85G8pgxnvd5R2cS5ublN/7xc=
-----END PUBLIC KEY-----
',X'64B16D0D1E13FFBBCEC1CCFAD3F1FD56F1CA7CEFCC3B1634ACBA5EFF56BB1000AC928B37C67153CB1CCB85EAE31760C81950EB38775B9BDDA4BCAF10',1795569448425000);
CREATE TABLE snapshot_blobs (
	tenant_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	content BLOB NOT NULL, 
	size BIGINT NOT NULL, 
	about TEXT, 
	touched_at BIGINT NOT NULL, 
	CONSTRAINT pk_snapshot_blobs PRIMARY KEY (tenant_id, sha256), 
	CONSTRAINT fk_snapshot_blobs_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "snapshot_blobs" VALUES('t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22',X'789C8B8E564A54D2310441733373232353330328D0C92BCDC90113B1B100AACA09EE',34,'["cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22", 1, 1, "a", "a"]',1795569449513000);
INSERT INTO "snapshot_blobs" VALUES('t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',X'789C7550ED6E83300C7C17FF6652C9F82AAF5255C849CC9A352455309BAAAAEF3ED301AD340D84141F97F3DDDD404FE64C3C427BB881BE32C929CFC09CA6709EC103185B34C634B8D7843B5B362AD7945B6DB1D8976553595350DDEF2B4115922AF4BB2DD0BC57A4ACB275AF1464B9BC80307FC763061438B9654FC081A05D4C0823EA4F32DCF968CED086C97B8106C74CB65BCCED9EC82624582296D1C5D059BC8EEBDD273A444B2B3A05EF461158E72F4AA3705CF8102B923BC4EF007771DAC734203F8C9E082D25686F80DE775B693DFA9132D028731041E8DD5B2E3936825C7DB62A944B7481D7C5AF4DF4E8FC9468B3EE5193FFD3C12AFB6F0B86DC85379191637AA5C81E4671DA3D52D555AD5459ED9647FE51C0C09D9B83F01C6369660D7A970D53F815BFFF00DE87BDED',302,NULL,1795569449516000);
CREATE TABLE snapshot_parts (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	CONSTRAINT pk_snapshot_parts PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_parts_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id), 
	CONSTRAINT fk_snapshot_parts_tenant_id FOREIGN KEY(tenant_id, sha256) REFERENCES snapshot_blobs (tenant_id, sha256)
);
INSERT INTO "snapshot_parts" VALUES('snapshot-06610f97353ffdb8b53429033a75b9',0,'t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f');
INSERT INTO "snapshot_parts" VALUES('snapshot-06610f97353ffdb8b53429033a75b9',1,'t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22');
CREATE TABLE snapshots (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	backend VARCHAR NOT NULL, 
	endpoint TEXT, 
	label TEXT, 
	taken_at BIGINT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	versions BOOLEAN NOT NULL, 
	all_buckets BOOLEAN NOT NULL, 
	buckets BIGINT NOT NULL, 
	entries BIGINT NOT NULL, 
	stored_entries BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	omitted_buckets BIGINT NOT NULL, 
	omitted_entries BIGINT NOT NULL, 
	receipts BIGINT, 
	failures BIGINT, 
	stored_bytes BIGINT NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	audit_sequence BIGINT NOT NULL, 
	hold BOOLEAN NOT NULL, 
	hold_reason TEXT, 
	CONSTRAINT pk_snapshots PRIMARY KEY (id), 
	CONSTRAINT fk_snapshots_tenant_id FOREIGN KEY(tenant_id) REFERENCES tenants (id)
);
INSERT INTO "snapshots" VALUES('snapshot-06610f97353ffdb8b53429033a75b9','t1','fi-1',NULL,NULL,1767225600000000,1795569449517000,0,0,1,1,1,1,0,0,NULL,NULL,336,'ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',12,0,NULL);
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795569448662000,1795569448662000,'keep');
CREATE INDEX ix_audit_tenant_id_sequence ON audit (tenant_id, sequence);
CREATE INDEX ix_credentials_tenant_id ON credentials (tenant_id);
CREATE INDEX ix_objects_object_key_id ON objects (object_key, id);
CREATE INDEX ix_objects_tenant_id_object_key_id ON objects (tenant_id, object_key, id);
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
CREATE INDEX ix_snapshots_tenant_id_id ON snapshots (tenant_id, id);
CREATE INDEX ix_snapshot_parts_tenant_id_sha256 ON snapshot_parts (tenant_id, sha256);
CREATE INDEX ix_replicas_url ON replicas (url);
COMMIT;
