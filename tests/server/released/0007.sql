BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
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
INSERT INTO "attempts" VALUES('job-066110acbfeaf4621b53c0df6b4c43',1,'w (RELEASED-T1)',1795574105967000,1795574106070000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795574105808000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','ed4eee4174804b1e','0000000000000000000000000000000000000000000000000000000000000000','c351501b5799dc0bd15ca0067b49cf598b51a534344ece57fdc666b0d11a65b7');
INSERT INTO "audit" VALUES(2,1795574105815000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','7316ce5a6f06efb8','c351501b5799dc0bd15ca0067b49cf598b51a534344ece57fdc666b0d11a65b7','0de9d2cdb2a9d2f6ce80a2e2e0a17fa11fb9b299c84d11b2418c21497c89a15f');
INSERT INTO "audit" VALUES(3,1795574105822000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','5f53cbbd95191adb','0de9d2cdb2a9d2f6ce80a2e2e0a17fa11fb9b299c84d11b2418c21497c89a15f','e59970f8da12d54787ea77dfaa4d64d58457fac09dd30b1a7ceade2a17f82568');
INSERT INTO "audit" VALUES(4,1795574105831000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','80f23e26e70bb97a','e59970f8da12d54787ea77dfaa4d64d58457fac09dd30b1a7ceade2a17f82568','16b928c374bb6a463f2e388a2f1291b9a9c6d21ac7107c82648ba188edcc0977');
INSERT INTO "audit" VALUES(5,1795574105885000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-066110acbfc20ef46a11f06df0239f","targets":[],"version":"v1"}','f88e50d1b81612d1','16b928c374bb6a463f2e388a2f1291b9a9c6d21ac7107c82648ba188edcc0977','c19d14cc034f2783f0e6aaf1d9948e4cbf42461bb94fe85cc353dab326f7b297');
INSERT INTO "audit" VALUES(6,1795574105894000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-066110acbfe8ff4c3200003af0591e","targets":["de-1"],"version":"v1"}','71e9693064b2a423','c19d14cc034f2783f0e6aaf1d9948e4cbf42461bb94fe85cc353dab326f7b297','737d70462bdbcc681b3bd4c019a0e0ea6ff1200efffd600abe51225c8f93cc98');
INSERT INTO "audit" VALUES(7,1795574105902000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-066110acc00a72bd1aff22be5aaf9c","targets":["de-1"],"version":"v1"}','98270c79cc9d00cc','737d70462bdbcc681b3bd4c019a0e0ea6ff1200efffd600abe51225c8f93cc98','6f3bd18b6053d4d8b6c4f8d733fa117dd81c915ccc2fa21d976bcccdf953141c');
INSERT INTO "audit" VALUES(8,1795574105909000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-066110acc025f7130fd96535618536","targets":[],"version":"v1"}','744b3f0aafcc3636','6f3bd18b6053d4d8b6c4f8d733fa117dd81c915ccc2fa21d976bcccdf953141c','a4b26a90f557c13ce2fc2a5e515b4138c137c93266de862709a5bf3777547631');
INSERT INTO "audit" VALUES(9,1795574105918000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','5639faa8e33f7c80','a4b26a90f557c13ce2fc2a5e515b4138c137c93266de862709a5bf3777547631','8121e983cbb1bd178a9308a155baa6ad8425a41cb9e1dd30e207e0742d4a84b7');
INSERT INTO "audit" VALUES(10,1795574105929000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','9c19f2863ac76227','8121e983cbb1bd178a9308a155baa6ad8425a41cb9e1dd30e207e0742d4a84b7','71b2cb4831270d40b4e7910ce9ebee44cbf1f853688580c6498f306c6c234c25');
INSERT INTO "audit" VALUES(11,1795574106074000,'tenant:RELEASED-T1','job.complete','t1','job-066110acbfeaf4621b53c0df6b4c43','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','c451e11221fefcf9','71b2cb4831270d40b4e7910ce9ebee44cbf1f853688580c6498f306c6c234c25','b6d6996f2c3f5f3d7528c1868df627c72358ae55dcfd90b684d07ae8924933ac');
INSERT INTO "audit" VALUES(12,1795574106125000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-066110acc36214864c811a5a38dc69','{"all_buckets":false,"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"failures":null,"label":null,"omitted_buckets":0,"omitted_entries":0,"receipts":null,"sha256":"ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f","stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1","versions":false}','eeda14e976806a22','b6d6996f2c3f5f3d7528c1868df627c72358ae55dcfd90b684d07ae8924933ac','7cab129d059fd024f6bbd88a9ad253c8b687ab6bcc927ea21a573f3c9600039e');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'7cab129d059fd024f6bbd88a9ad253c8b687ab6bcc927ea21a573f3c9600039e');
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
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795574106070000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795574106070000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795574105807000,1795574105807000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795574105815000,1795574105815000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'5E3BBBBCEAA842F355CA6478ECA8A90298D890652BA0187B96D26E92256CD8B749C5E9DBA4F1FDF902CF41BAFC21F4BE1A',1795574105830000,NULL);
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
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795574105928000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-066110acbfeaf4621b53c0df6b4c43','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795574105891000,1795574106070000,NULL,'w (RELEASED-T1)',X'7FF2289CF351906C7ABCCDB04514BD9FD4180E1AC42103587B22A7963BB1B065',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-066110acc00c4ec0a198df462f349a','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795574105900000,1795574105900000,1795574105900000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795574105878000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795574105891000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795574105878000,NULL,'tenant:RELEASED-T1','receipt-066110acbfc20ef46a11f06df0239f','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"c19d14cc034f2783f0e6aaf1d9948e4cbf42461bb94fe85cc353dab326f7b297"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-066110acbfc20ef46a11f06df0239f","recorded_at":"2026-11-25T02:35:05.878000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-ce43e4c28fa7ef1c","value":"HTfpeVij/o6P5LRmFAXBNooMxbOl80MfxqYPiHFMhXpmmqSxSLdr7wcWkzGUWJ+/rCLPBF9zmDBpXA6XYaypBA=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795574105891000,NULL,'tenant:RELEASED-T1','receipt-066110acbfe8ff4c3200003af0591e','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"737d70462bdbcc681b3bd4c019a0e0ea6ff1200efffd600abe51225c8f93cc98"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-066110acbfeaf4621b53c0df6b4c43","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-066110acbfe8ff4c3200003af0591e","recorded_at":"2026-11-25T02:35:05.891000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-ce43e4c28fa7ef1c","value":"vYk5WUO6eE/xwLc4f9UclDamR3izJxB98BVUZyM1hDqwtT2n8gbjJw4pTJ3kCGiUkfguFu6xw8yf5Bzj5N1aBA=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795574105900000,NULL,'tenant:RELEASED-T1','receipt-066110acc00a72bd1aff22be5aaf9c','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"6f3bd18b6053d4d8b6c4f8d733fa117dd81c915ccc2fa21d976bcccdf953141c"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-066110acc00c4ec0a198df462f349a","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-066110acc00a72bd1aff22be5aaf9c","recorded_at":"2026-11-25T02:35:05.900000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-ce43e4c28fa7ef1c","value":"ypeLVzaEF+jtwUdyC2rgeIgY9gLhfN6A1tANAVF9dLPfhldLKyzw3A6cjTuqX9LhWEycj9YMdBUtFs8UoQ7cCg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795574105907000,1795574105915000,'tenant:RELEASED-T1','receipt-066110acc025f7130fd96535618536','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"a4b26a90f557c13ce2fc2a5e515b4138c137c93266de862709a5bf3777547631"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-066110acc025f7130fd96535618536","recorded_at":"2026-11-25T02:35:05.907000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-ce43e4c28fa7ef1c","value":"JbevCYBdjhQf2FbzUrd42d+c5AYvauryjbUJB/cWHwfRBDquhtMK6nC914FIr402XtL9JottmK3UbiZmZGC1BQ=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795574106070000,'checksum','ok',1795574106070000,NULL);
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
INSERT INTO "sealing" VALUES(1,X'15BB2908FED1D6364CCABED9D68B374F',3,4,65536,X'9FD3D9B43A2889F0222834C34E561B73D30C3FB170F027B295B6F386080A0FF9E666D8A8F9E6B579740A3113BEB89EB326F7C5EEEEB7612455BC9BAE');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-ce43e4c28fa7ef1c','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA60GglKOQeB3T+fCqrKR2g9WQxr+MbibTdv7iv2qfw1Y=
-----END PUBLIC KEY-----
',X'FF1A91366D13E5EC46D87D8F1BE648D21DBDF34BD2F5A3209C79B95C31FD07B434E2388A8FF66E6ED4E7553E1A74D257E1572774C041792BC3B389C4',1795574105750000);
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
INSERT INTO "snapshot_blobs" VALUES('t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22',X'789C8B8E564A54D2310441733373232353330328D0C92BCDC90113B1B100AACA09EE',34,'["cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22", 1, 1, "a", "a"]',1795574106116000);
INSERT INTO "snapshot_blobs" VALUES('t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',X'789C7550ED6E83300C7C17FF6652C9F82AAF5255C849CC9A352455309BAAAAEF3ED301AD340D84141F97F3DDDD404FE64C3C427BB881BE32C929CFC09CA6709EC103185B34C634B8D7843B5B362AD7945B6DB1D8976553595350DDEF2B4115922AF4BB2DD0BC57A4ACB275AF1464B9BC80307FC763061438B9654FC081A05D4C0823EA4F32DCF968CED086C97B8106C74CB65BCCED9EC82624582296D1C5D059BC8EEBDD273A444B2B3A05EF461158E72F4AA3705CF8102B923BC4EF007771DAC734203F8C9E082D25686F80DE775B693DFA9132D028731041E8DD5B2E3936825C7DB62A944B7481D7C5AF4DF4E8FC9468B3EE5193FFD3C12AFB6F0B86DC85379191637AA5C81E4671DA3D52D555AD5459ED9647FE51C0C09D9B83F01C6369660D7A970D53F815BFFF00DE87BDED',302,NULL,1795574106120000);
CREATE TABLE snapshot_parts (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	CONSTRAINT pk_snapshot_parts PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_parts_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id), 
	CONSTRAINT fk_snapshot_parts_tenant_id FOREIGN KEY(tenant_id, sha256) REFERENCES snapshot_blobs (tenant_id, sha256)
);
INSERT INTO "snapshot_parts" VALUES('snapshot-066110acc36214864c811a5a38dc69',0,'t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f');
INSERT INTO "snapshot_parts" VALUES('snapshot-066110acc36214864c811a5a38dc69',1,'t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22');
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
INSERT INTO "snapshots" VALUES('snapshot-066110acc36214864c811a5a38dc69','t1','fi-1',NULL,NULL,1767225600000000,1795574106120000,0,0,1,1,1,1,0,0,NULL,NULL,336,'ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',12,0,NULL);
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795574105820000,1795574105820000,'keep');
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
CREATE INDEX ix_jobs_leased ON jobs (state, lease_expires_at) WHERE state = 'leased';
COMMIT;
