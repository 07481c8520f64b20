BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "attempts" VALUES('job-06610cb181a0fdfb02692c87b50daa',1,'w (RELEASED-T1)',1795557005877000,1795557005890000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795557005768000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','d71d5af1ef309807','0000000000000000000000000000000000000000000000000000000000000000','dea702eac41ed9d0c0fb67d36b09d3fa28c05d7208832e8530e9050a3dc43b42');
INSERT INTO "audit" VALUES(2,1795557005775000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','d4f5c27a21c7f7ca','dea702eac41ed9d0c0fb67d36b09d3fa28c05d7208832e8530e9050a3dc43b42','a19a85e57530ef247f2822d11920a6276cd7717a1e234188d1c914dea581baa5');
INSERT INTO "audit" VALUES(3,1795557005781000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU"}','049cd0914102cceb','a19a85e57530ef247f2822d11920a6276cd7717a1e234188d1c914dea581baa5','53da851876beb638573c39d7962b538e6e8731dfb5c044997b2026149a6ef552');
INSERT INTO "audit" VALUES(4,1795557005786000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','e342ce5893f41e57','53da851876beb638573c39d7962b538e6e8731dfb5c044997b2026149a6ef552','72d15ff7f0f6be0817f781d319fed5d4af03cbb40ec7d223bcaed5f1790686dd');
INSERT INTO "audit" VALUES(5,1795557005820000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb1817be154c5ce9a851b627b","targets":[],"version":"v1"}','1c93e3513ba5d22e','72d15ff7f0f6be0817f781d319fed5d4af03cbb40ec7d223bcaed5f1790686dd','86cd7914fe37753fbff75b52791dc0042bcafa52cd2d41a6ce123096bcb6fff3');
INSERT INTO "audit" VALUES(6,1795557005829000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1819ef0822e0ea8a3c99587","targets":["de-1"],"version":"v1"}','5a8d09b8778ed186','86cd7914fe37753fbff75b52791dc0042bcafa52cd2d41a6ce123096bcb6fff3','ce11503745edc040410418c212c43668fe78afa73b18b3c48c5566a092ab2fb0');
INSERT INTO "audit" VALUES(7,1795557005835000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb181b8dba7f545700a87b566","targets":["de-1"],"version":"v1"}','5c7de71dc8a804b3','ce11503745edc040410418c212c43668fe78afa73b18b3c48c5566a092ab2fb0','06159293d0c4464598b780d41bfaf57a40b9533777570363ef1eb0a950390470');
INSERT INTO "audit" VALUES(8,1795557005842000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb181d020dced559860b89d35","targets":[],"version":"v1"}','6350e708936485c4','06159293d0c4464598b780d41bfaf57a40b9533777570363ef1eb0a950390470','8ddc15ae99291fd37909b449423553a0f052eb8ed073b2a5ad59ff7ea059509a');
INSERT INTO "audit" VALUES(9,1795557005849000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','f303730b65a908d8','8ddc15ae99291fd37909b449423553a0f052eb8ed073b2a5ad59ff7ea059509a','fb9094e5d6145edf87a9c48918364a015cf9e03dc6cd0777d9f3ce4ca27c09fa');
INSERT INTO "audit" VALUES(10,1795557005855000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','255f9ae781b478bd','fb9094e5d6145edf87a9c48918364a015cf9e03dc6cd0777d9f3ce4ca27c09fa','defa72430032241cae0c62a41ecf14ed06adad2459abd0201b54e406f65e7ab3');
INSERT INTO "audit" VALUES(11,1795557005892000,'tenant:RELEASED-T1','job.complete','t1','job-06610cb181a0fdfb02692c87b50daa','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','c880e62a5bd7a19b','defa72430032241cae0c62a41ecf14ed06adad2459abd0201b54e406f65e7ab3','71accda2f330d2a0407d9d192aa7750445935ded75e6d1bbe7e5a887c32a7e51');
INSERT INTO "audit" VALUES(12,1795557005908000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-06610cb182d015ffff7bde45d9f85b','{"backend":"fi-1","entries":1,"sha256":"213d77bf37f006b3ff60f76dc16cbfcf116b0f18284d36751c784cece432a75d"}','847589782dc819f1','71accda2f330d2a0407d9d192aa7750445935ded75e6d1bbe7e5a887c32a7e51','95809853fd6926239030933722749ddb3d623ca679d8feb931fb129afcf87897');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'95809853fd6926239030933722749ddb3d623ca679d8feb931fb129afcf87897');
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795557005766000,1795557005766000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795557005774000,1795557005774000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'91394F734575349B6B6A7B9876040CF565631F28389E36831C661B63651CE1A0C15D5A1D470AEBE1D66F73B88DED7966B3',1795557005785000,NULL);
CREATE TABLE further_keys (
	object_id INTEGER NOT NULL, 
	revision BIGINT NOT NULL, 
	submission TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	recorded_by TEXT NOT NULL, 
	CONSTRAINT pk_further_keys PRIMARY KEY (object_id, revision), 
	CONSTRAINT fk_further_keys_object_id FOREIGN KEY(object_id) REFERENCES objects (id)
);
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795557005855000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-06610cb181a0fdfb02692c87b50daa','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795557005826000,1795557005890000,NULL,'w (RELEASED-T1)',X'C6A46DDA7DE28952EA8DA24B9E681290CA0FB2DBF2FAA62D0F12A78B306ED29A',NULL,0,NULL,NULL);
INSERT INTO "jobs" VALUES('job-06610cb181baab666734717485f64a','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795557005833000,1795557005833000,1795557005833000,NULL,NULL,NULL,0,NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795557005815000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795557005826000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795557005815000,NULL,'tenant:RELEASED-T1','receipt-06610cb1817be154c5ce9a851b627b','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"86cd7914fe37753fbff75b52791dc0042bcafa52cd2d41a6ce123096bcb6fff3"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-06610cb1817be154c5ce9a851b627b","recorded_at":"2026-11-24T21:50:05.815000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-b1d507f236a04bfc","value":"15KmjPaD/GhTakvTnIdENIpNTdSSze3O+sXZCNfC19U8qvGmaIwP7I+nhyGgPxqO6noMqMK2zTJYzsRuioXTCw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795557005826000,NULL,'tenant:RELEASED-T1','receipt-06610cb1819ef0822e0ea8a3c99587','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"ce11503745edc040410418c212c43668fe78afa73b18b3c48c5566a092ab2fb0"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb181a0fdfb02692c87b50daa","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-06610cb1819ef0822e0ea8a3c99587","recorded_at":"2026-11-24T21:50:05.826000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-b1d507f236a04bfc","value":"LgjbLN+pqhQ+kNEFARE16ULzSQq+qrAzF/qgF0ubNqmlDj3ylZ0bryxoWt6TtZ7lNx8iUXqn2ufRj2PA2Fg2Dw=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795557005833000,NULL,'tenant:RELEASED-T1','receipt-06610cb181b8dba7f545700a87b566','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"06159293d0c4464598b780d41bfaf57a40b9533777570363ef1eb0a950390470"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-06610cb181baab666734717485f64a","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-06610cb181b8dba7f545700a87b566","recorded_at":"2026-11-24T21:50:05.833000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-b1d507f236a04bfc","value":"8ZmKXeCTnwkHpJfeYotc3xtzZH0INFVsjr8Fbmh/tpMYxGcpW3dL3EWcIjRtDSckm5gptYfvsFwISXRA3D4aBQ=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795557005839000,1795557005847000,'tenant:RELEASED-T1','receipt-06610cb181d020dced559860b89d35','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"8ddc15ae99291fd37909b449423553a0f052eb8ed073b2a5ad59ff7ea059509a"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-06610cb181d020dced559860b89d35","recorded_at":"2026-11-24T21:50:05.839000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-b1d507f236a04bfc","value":"hz6zyzwdc0m9+ueGcuneD/UetzHOG6QkbpDe/lWoswOfpZXrkpxFhLtxTj8EibnM0CyYayUZeyeh75hupDawAw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795557005890000,'checksum');
CREATE TABLE sealing (
	id INTEGER NOT NULL, 
	salt BLOB NOT NULL, 
	iterations INTEGER NOT NULL, 
	lanes INTEGER NOT NULL, 
	memory_kib INTEGER NOT NULL, 
	wrapped_key BLOB NOT NULL, 
	CONSTRAINT pk_sealing PRIMARY KEY (id)
);
INSERT INTO "sealing" VALUES(1,X'C7F988BB33653DEE612DFF5564B86791',3,4,65536,X'1F515911BD7FF272C8C779BF6F3D00B7F9A5B487152DAA3F9A00D6D1906B6AF32F2DF00B2E9FE9C277C6CC48AA2CA6427E7660396C30B28A72B14446');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-b1d507f236a04bfc','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA8NIInBZDJiucVgujS0tQOf0MNdIvFrK/uosdvOXIKHs=
-----END PUBLIC KEY-----
',X'0B86D691EAB394398ED64488429B640484604916BCE6EF25A3B976631D67E0F6B974214C90CD274BB5D197C1DC2059D041E006255FDD916CC7AF93B4',1795557005685000);
CREATE TABLE snapshot_chunks (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_snapshot_chunks PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_chunks_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id)
);
INSERT INTO "snapshot_chunks" VALUES('snapshot-06610cb182d015ffff7bde45d9f85b',0,X'789C8BAE564A2A4DCE4E2D51B282317494724B327353810246064666BA0686401462606005465140E9BC44B06C2290599C5905641AD6C6020000711427');
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
INSERT INTO "snapshots" VALUES('snapshot-06610cb182d015ffff7bde45d9f85b','t1','fi-1',NULL,NULL,1767225600000000,1795557005906000,'{"buckets":[{"name":"bucket","object_lock":null,"omitted_bytes":0,"omitted_entries":0,"versioning":"unknown"}],"chunks":["7cbc3f85bba02610f09b082c9ede81bd8e84e8748346c60adb88dd1aefab9199"],"header":{"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"id":"snapshot-06610cb182d015ffff7bde45d9f85b","label":null,"omitted_buckets":0,"omitted_entries":0,"recorded_at":1795557005906000,"stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1"}}',1,1,1,1,0,0,'213d77bf37f006b3ff60f76dc16cbfcf116b0f18284d36751c784cece432a75d');
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795557005780000,1795557005780000);
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
