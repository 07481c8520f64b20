BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "attempts" VALUES('job-06610cb1bfcd2c6f01af09611ba0b8',1,'w (RELEASED-T1)',1795557010024000,1795557010040000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795557009843000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','ca8ba2c0110b6c9d','0000000000000000000000000000000000000000000000000000000000000000','8cb656fa1adba606a942dd5cc76712db469856c61a8a57d6241bf0a45e02b3aa');
INSERT INTO "audit" VALUES(2,1795557009849000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','7efd6aaece34f022','8cb656fa1adba606a942dd5cc76712db469856c61a8a57d6241bf0a45e02b3aa','caade32835ff19b726072956842984a3cadb76eee4fd796db84e50647b81e771');
INSERT INTO "audit" VALUES(3,1795557009854000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','3f2fc6c283ea03c4','caade32835ff19b726072956842984a3cadb76eee4fd796db84e50647b81e771','df927004b27ed9e36a36d7890962f390ffc271c85b9e7f62a74b09c1a0a7892b');
INSERT INTO "audit" VALUES(4,1795557009859000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','896b7ee9ad358482','df927004b27ed9e36a36d7890962f390ffc271c85b9e7f62a74b09c1a0a7892b','707234697e678acd70d9648cd92629c03fc1e3acfd9e7487c3a0d3459409fb4e');
INSERT INTO "audit" VALUES(5,1795557009894000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb1bfa53ce1fc49a3b61e6e3c","targets":[],"version":"v1"}','3c27d40c686a87d1','707234697e678acd70d9648cd92629c03fc1e3acfd9e7487c3a0d3459409fb4e','2eca3a24c8e128e075fa2c0fb82bb5a48f101f219adbe133fbc40721107709ab');
INSERT INTO "audit" VALUES(6,1795557009904000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1bfcabe899cd379ca7792c8","targets":["de-1"],"version":"v1"}','31e3a7b1493ee61a','2eca3a24c8e128e075fa2c0fb82bb5a48f101f219adbe133fbc40721107709ab','82e4d99165015e12391a229cbc657fbb63e7f25765699e2603dbbf2901d014e1');
INSERT INTO "audit" VALUES(7,1795557009911000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb1bfea69ec69d2b4e0bef7ba","targets":["de-1"],"version":"v1"}','a378a0bf3f06b7b4','82e4d99165015e12391a229cbc657fbb63e7f25765699e2603dbbf2901d014e1','e947cae1fbcefb169f77d1789c8dbb0df01dc6d22d29a112d75020328782a8e6');
INSERT INTO "audit" VALUES(8,1795557009917000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb1c003bbf584936ff1f3009e","targets":[],"version":"v1"}','da9c5d8282356e29','e947cae1fbcefb169f77d1789c8dbb0df01dc6d22d29a112d75020328782a8e6','8ce6aaaeb2492b0626dfacb44e3767f683e6dcb385a34bdfb7b01e7c5997bc28');
INSERT INTO "audit" VALUES(9,1795557009936000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','f8c27fb9e4310693','8ce6aaaeb2492b0626dfacb44e3767f683e6dcb385a34bdfb7b01e7c5997bc28','b239baa80cc7fb7ebb4310fc9cf7800abdc84ee0a40cdcaae99c0d3e5a1e8a28');
INSERT INTO "audit" VALUES(10,1795557009954000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','f44a4e37ad7aa0d6','b239baa80cc7fb7ebb4310fc9cf7800abdc84ee0a40cdcaae99c0d3e5a1e8a28','d8a28fb45d04752ede8ddd9473da1592c2de5bdc2eb7fcbb17a448ee456a1871');
INSERT INTO "audit" VALUES(11,1795557010045000,'tenant:RELEASED-T1','job.complete','t1','job-06610cb1bfcd2c6f01af09611ba0b8','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','c79fbc002b21258c','d8a28fb45d04752ede8ddd9473da1592c2de5bdc2eb7fcbb17a448ee456a1871','51bd9a4a244761ed17967b6dde4df021ca75bd6f7a1776a310572bd5e6601206');
INSERT INTO "audit" VALUES(12,1795557010080000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-06610cb1c27c207322eb5128f9706c','{"backend":"fi-1","entries":1,"sha256":"699230b0979f4e9baea5c09094f644613a6b00e3073294440e47edac5bc9022c"}','c0971b0abe915dd0','51bd9a4a244761ed17967b6dde4df021ca75bd6f7a1776a310572bd5e6601206','4879d6a6637b84bbf025b02c5402e2cc39599fb93fc9b2583a0fa615a16261ab');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'4879d6a6637b84bbf025b02c5402e2cc39599fb93fc9b2583a0fa615a16261ab');
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
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795557010040000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795557010040000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795557009842000,1795557009842000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795557009849000,1795557009849000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'406A6683FCE6BAFC3892C15C6919A9B8677F634ECEA6648E2DA98D3A402AB7EB30657C468B312333A6F80DFCA32EEBEF78',1795557009858000,NULL);
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
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795557009953000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-06610cb1bfcd2c6f01af09611ba0b8','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795557009900000,1795557010040000,NULL,'w (RELEASED-T1)',X'4F24F115CB01E8248A32A919BAD18262093269FF3923E1D80FE92E6300CC68EB',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-06610cb1bfec6e7a7f647878a8c613','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795557009909000,1795557009909000,1795557009909000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795557009889000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795557009900000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795557009889000,NULL,'tenant:RELEASED-T1','receipt-06610cb1bfa53ce1fc49a3b61e6e3c','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"2eca3a24c8e128e075fa2c0fb82bb5a48f101f219adbe133fbc40721107709ab"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb1bfa53ce1fc49a3b61e6e3c","recorded_at":"2026-11-24T21:50:09.889000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1fe01a42979d2851","value":"wqyyqT88bW3YL+dxSFKFE4K0NG7ft5iMGSoikKBmgF1MAvLbH4ja2UKAPu9R9EBMacnuPxY9I8/x4hVf8gSPBA=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795557009900000,NULL,'tenant:RELEASED-T1','receipt-06610cb1bfcabe899cd379ca7792c8','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"82e4d99165015e12391a229cbc657fbb63e7f25765699e2603dbbf2901d014e1"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb1bfcd2c6f01af09611ba0b8","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1bfcabe899cd379ca7792c8","recorded_at":"2026-11-24T21:50:09.900000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1fe01a42979d2851","value":"u9FEtZ+iy5fEofp2FrxM1qkllWngSvHp4YsTlGNo83iWSxSfWAcEr+OuQpgclFLutr4nAMQ2aim2wbAnxFwiAg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795557009909000,NULL,'tenant:RELEASED-T1','receipt-06610cb1bfea69ec69d2b4e0bef7ba','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"e947cae1fbcefb169f77d1789c8dbb0df01dc6d22d29a112d75020328782a8e6"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb1bfec6e7a7f647878a8c613","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb1bfea69ec69d2b4e0bef7ba","recorded_at":"2026-11-24T21:50:09.909000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1fe01a42979d2851","value":"vCpDMFUQNa9ke8XGzmu7oLRuqw50x2kxvJeXJiAykjp5OVMVsTnasBU32z+4OyxBLg5Yd/1U3bDeZcumavfeAg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795557009916000,1795557009930000,'tenant:RELEASED-T1','receipt-06610cb1c003bbf584936ff1f3009e','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"8ce6aaaeb2492b0626dfacb44e3767f683e6dcb385a34bdfb7b01e7c5997bc28"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb1c003bbf584936ff1f3009e","recorded_at":"2026-11-24T21:50:09.916000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1fe01a42979d2851","value":"iCOt4QVxK63IrFkaDPpRTJe+Q9Xhf5VxksQ8Z7d4ABNwyfkFsGElhh9jehC0JJ0GcqufyfDS2fu6CspOoTPwBw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795557010040000,'checksum','ok',1795557010040000,NULL);
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
INSERT INTO "sealing" VALUES(1,X'23F4D72ECF390FE30AE1652D3076927A',3,4,65536,X'C6ADEC03BEEE258F54F7C31D62C4C7AA4763993BB20E82B029BB921B46B78C9E71C3D131C0B4164F60AE790A5EEEBAEC5EE066D214D7CC5AC6B3519A');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-1fe01a42979d2851','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAwr7T3BJYz9mAM/GEhLEpe3syeRc8qsvdvY1H/raSB0E=
-----END PUBLIC KEY-----
',X'199A65A3FC41CA16E2751744738EA327E1F36466D77896C7A686449226ED003832478F507EC9B665C3B82B40944DED11E8F4DCB25813CA1BD79B8944',1795557009793000);
CREATE TABLE snapshot_chunks (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_snapshot_chunks PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_chunks_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id)
);
INSERT INTO "snapshot_chunks" VALUES('snapshot-06610cb1c27c207322eb5128f9706c',0,X'789C8BAE564A2A4DCE4E2D51B282317494724B327353810246064666BA0686401462606005465140E9BC44B06C2290599C5905641AD6C6020000711427');
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
INSERT INTO "snapshots" VALUES('snapshot-06610cb1c27c207322eb5128f9706c','t1','fi-1',NULL,NULL,1767225600000000,1795557010078000,'{"buckets":[{"name":"bucket","object_lock":null,"omitted_bytes":0,"omitted_entries":0,"versioning":"unknown"}],"chunks":["7cbc3f85bba02610f09b082c9ede81bd8e84e8748346c60adb88dd1aefab9199"],"header":{"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"id":"snapshot-06610cb1c27c207322eb5128f9706c","label":null,"omitted_buckets":0,"omitted_entries":0,"recorded_at":1795557010078000,"stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1"}}',1,1,1,1,0,0,'699230b0979f4e9baea5c09094f644613a6b00e3073294440e47edac5bc9022c');
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795557009853000,1795557009853000,'keep');
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
COMMIT;
