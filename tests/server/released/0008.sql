BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE answers (
	access_key VARCHAR NOT NULL, 
	signature VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (access_key, signature)
);
INSERT INTO "answers" VALUES('RELEASED-T1','e2a8b68923430ca39502deec4a4bd1e046548423412f6b8aa256aec5e8e071d0',200,X'967CF86DF707C37984D46329E3B0409A0E1476C487642E18B467E5FE91AB6152E072B03CF8C6C1CE65F4D5957556D63DCC5642F6DD016CDF3D07EF22FA022C022DD44A695FFF34999993ADA71B433EE42B908143900C52B14C76FB955837B78037D91EACF9704F05CD34875CA75A32FDFF',1795574331262000);
INSERT INTO "answers" VALUES('RELEASED-T1','c51c64991a02020e8f6ffa4b8832ee466405695b1d741116e3d2741acac0975d',201,X'CBE7B656ABC2E60F85146F67A8F86C5B9366AF5740F83A12B09EC08AEA50291B34B949A0A5460AC46E242958B64D33B928536B1E63469C144B6521E159585E12B68243958738BB358A74C5241FD9929B967AE5078CA7744CEC8CEC080B775F484CF3C91BAB8A0C337CE88C09265FED2620BF1141810D2A14B0CFD9EDF5EC24A6D31E14CC8D7425AF4F1C5195D5976784B108F6743E5863D04F0E2C241F4DE4539C1876A14D38814CC41F559472E1FBB69D634996F357C7FF3F0C98C35B2640D00B469D83F8911734A438E70E86867144294132D92CB753693AF31F2C26C93884D6396F63C371D20DB472E18A0650A4E4D83D3A202823036897C6B6713A40B4F1E24DB47A1EF91DC8F86B13F3E41D5A29CC55B367CD1848BD999C85A1AA25A4639E52C498258F3D6381BE29EC82C9C95F38A982DEEF46A8A4F535DBE7D36591C69EE8D8A5F14DD2CF37F97CEFE61D412FB07BCDB9E12A5E4332AD4DA0DFBF62847CFEE3995D79037BFCB4D4748DF31EBF2885B8EF9ABD9A2CE4406F68A904D02EC88D8B4F02281E686D4F0F049A8A5C1C00AA8266306E20BFB8A38BD450364CFB5CE6C67FAE51CC10C71C5D1B609176E651637C73C3AF1E9E5BE6F76E0EAD04E419C71327F2D9F0A6860731EDB9D732573ED9CCE5FA76FB5C4C7C100E984973DBE092187FC020696F32CA2DACD097895554C8C8056BF68D50F85FF692BA26CAE8098142E009AC9BBEB5F875433C7EAAB773394A99C9361A5EF9C09EF1C3472C52CA11CDAD8718E3DC9B463E1CB60CBD1592DCC1D503311D40AD006C397DCCEC58FB6E42E65BB677DC4E03D66694312C23A8F2BC5ECA7830A1B88BAE85584BE63B5AF8F57AF23A4B2CCA40122EC1CD82CC6505E3B52B41D598E593B6C6FB85448F746620C239589166C574B3B5C407B45A4BEBF85DE9B5D52DD4C8024A1D74',1795574331275000);
INSERT INTO "answers" VALUES('RELEASED-T1','d3c56265bf1bcf6e403c7f009ac65619aa395bc897f5d093c4fb93b780382999',200,X'C4869F86EC27A0122973961C0B71DD481C45602540828C91EBED2F16BB50E47941EF22BF7089E877FE8E84E1B4F3CD7AAEDAF3739BA47E5CBAA21B766F7509196086B2A9C6D45CD65CE4D4CF89E4D2E9E7C40AD6B946FA613CABCCAA09A8D55F4823655115547CCA83D52581F70C3AB29CFC9E1A35F91CB633423AAC8A751CE00679D650D2C05E1F9C67BDCF715423EDD21DD460435E9A7D7D6B47672380AEF841655A7699AB1A209AC5865B42CE27DBB4DD676F76EF9DF252978369D36C26736BA4F7CB66CD90C5E76F27C4F853B6B7DB7ED6DB6D95A2B1E0D4F44F4E48433C3130F89F77E0B86EB95243EC0D4E411EADF40EC22BE670773E58CA9075FD085A582B1CE9950C1FB9FCCC1BBF7C838D61A8AFFAD035D7C94922B5607C6DF53F4AFDDC45AA71DA41BB94200963BBD6B05988CA5E3C81E9F64C2E5B5C9CD482DB9D0F38CBA116368B74AF127E33DDD9B6E3D814BAC06D6FEFEFBA793DC85ACFD22FE9B3E9E7ECE656E893C5C9B3498A7921857FB7B8F9DE06278A0028B8A1868E0233A11BB5E6B10FEDF9E33912441F97970BCB697C461F9F1F9D468C3B76D8A7F2199EE89BEC2980D932A5BEC2B17426FFBB9AACF79A910ECCAD3C199AABF982733948400FF4EA2B1F4516E6CF8D6F1464BBE6A76771A92995AA2AE4BB0942D4A4A162A78024CF9B2C8870E84672C4B95DBFE88DA54A9D51612E03818D3BEC19E978B129C582DA743F62FA9F68FA52A59DD6F7A6CAF682939C5B0168A1D161FF907EF5EB6D34FEB8B9BF0CA53CCCD8799F1D68852670F2EBF9C60A30E2B7470290ABC8E07E7D5F6D622367FC9DDAACFCF1432FE5A053129F81103159C716018131F58653397C86F8D4E6183F467A11EDB57A1A31CFE9509A73BCE536EC5131D7B28D257796FC7B83D8DFE47FF6E70A645D8AFFE5004E05C1E33BAD1FEE593886283D3ACD65F8FA4271D643226E4BC7E8C86D38A87F70A027859F7A856DAC52288B195CD7A48663B794792E3AEDAF1A67773B7BFBFD7308750B07195CDF9FA58764F93D4A9D3A0667FB42F35ADE1B840D9EBF889FA779CCA2C33DF5E8BFF9B6BB50298060E89BF04E3E5F0AEB04EA1CF7E6901648E56724500687A927C6F5398ABCA72A6A83CD94167C71E170C5F0EBF44BD5B47EA783A0EFB7FA55328BA940D451569B328CB7180873E9F166A102931C5EBBFFDDD88412088B73F29361A292DA83BAE05961B1FA6F8241682E83625F42451BBEC521038577C68E84F0B77AD500C52020D9C98C642177601FEF7D57F4B8CDB55756F1060874C17CE75F81AD0E0475D4C722F72741F4B781EE95BEAEF8EEBC65E0181726F96EAD8A0D22E73EA55BB44F4CACB879BDA92E597E7B09D942916E8CB9BDB128918856FEC8017A52F83071A5BBF85A953B70AC5EDE8EECC84CBBBC09D4B3441559B3AE9810B37D98DA28E97C48B670B88FD1E21CDE88D8497A',1795574331421000);
INSERT INTO "answers" VALUES('RELEASED-T1','341b3207530982790b5db9af8e88d75a21f7068eebe09ab8bba01650a0bf2049',201,X'79A22594FB3550D964A427CD7DFAF0A086E3078BB1AB660F2B83D43632D11820AA02CF1CF2EFCFCE40CAE04BFE6D952E8BEA8F7B987B3C12376F6B0573C94AD7BBA01E96AE68EC347B4C151C6BE0C6E1B120107BE4F6C14D1D8ECC14A845CA9FB1F8BBA7B098A1D6811746697E95259808741ABD2C9DF78D10B123CCCDA867F83D839E73BFB657E5E2A5EC4726EF7E5D44CC5DB5E7202CB48A65FCF3F3DF0443DCF6C5016210816155A9F92B3B832301FA5F4880BFB70D9C685B6F74EF4EBE4AC920DBEE57E351B3A697AD670E3D29CBA0EF31F77EFD7F533FAF7E7E4B07B647772DCD276AA670BDD159957B9206FB2C54763E292D07AFA2B43F4DF49AE9C786596B8AB521ED60D5E4981D951790339BE58EB0F07352E4C015425531CEA4BFBE4A7B50E16E16915FB446DB3AC6C41C8794CCB7553341E415E02F24A56675B4B6916873445922058D8BBA945E5B7DF4FEE59C8326EFC1CE6B60DC2603EDEE96767DB69A60BE2F25B05820F832AC7FD3A4D6DA7360553B01800BFA578E4DDECA3F70042AF7B7C013619E1080E0E956C30C7CB95E032DAADA51F1A0B05874AEA8A25F2D16CBD23DB49A0C5D6410D4C3DA369E235B917658982C00A45C0DBA788BDE2B5E5FFBCFC73500674D2309EA3D1AE7CCEF4F71659E504F8CB205D39B58A82A9ACC4E9B1C74A357181289C85593C0544F38FEE2E76F47918EBCAE733AFC6A1A53D2414CCCD1534F9A8F4D193C3BEEBB7FF20EDFC32D9A562BD49BAA',1795574331529000);
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
INSERT INTO "attempts" VALUES('job-066110ba2ded13d7f1b4c2e8ad3cb9',1,'w (RELEASED-T1)',1795574331400000,1795574331430000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795574331165000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','8cbc7363f79eacd9','0000000000000000000000000000000000000000000000000000000000000000','0133abac53a4328ca83c5c15ef3fca5a2325c601c2627f7d40c846d2be60c9a2');
INSERT INTO "audit" VALUES(2,1795574331172000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','0f6961dd3ba0641a','0133abac53a4328ca83c5c15ef3fca5a2325c601c2627f7d40c846d2be60c9a2','a271aa76653e3a09ddd5247e8525729d9c0f280e2f5f68e6c30a4afba3095bf9');
INSERT INTO "audit" VALUES(3,1795574331178000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','3c88029c00ad1a84','a271aa76653e3a09ddd5247e8525729d9c0f280e2f5f68e6c30a4afba3095bf9','faf68e352c1e52ec0ba0b956a43fc75061006fdfce5341c29b68f199c242ce63');
INSERT INTO "audit" VALUES(4,1795574331186000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','07c88b0e9a491a51','faf68e352c1e52ec0ba0b956a43fc75061006fdfce5341c29b68f199c242ce63','c3b23a9f859a532a64b51ab200ffcb5a227320f51ce1e7008197c912859a977b');
INSERT INTO "audit" VALUES(5,1795574331200000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-066110ba2dca6c6df8eba7877cab30","targets":[],"version":"v1"}','c23147bf89b7efa6','c3b23a9f859a532a64b51ab200ffcb5a227320f51ce1e7008197c912859a977b','c40bc1063e178969bc98913ef84be2ec34a4f35debe7e201c6c2deb80366a0f7');
INSERT INTO "audit" VALUES(6,1795574331208000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-066110ba2deaf65a15af8e662ebc80","targets":["de-1"],"version":"v1"}','343bd918748ef418','c40bc1063e178969bc98913ef84be2ec34a4f35debe7e201c6c2deb80366a0f7','60c7ae4f1ba99b6669d6b9820d2ec2ff7ee8e899af3119471a67a1bdfbf257b8');
INSERT INTO "audit" VALUES(7,1795574331214000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-066110ba2e068f2adb698c06597aab","targets":["de-1"],"version":"v1"}','d83aba40da1fe2b2','60c7ae4f1ba99b6669d6b9820d2ec2ff7ee8e899af3119471a67a1bdfbf257b8','a6c6a5b8e1624b4d979f4e43678f42b3af3d098913f72547a222d371d0f6e14d');
INSERT INTO "audit" VALUES(8,1795574331219000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-066110ba2e1b27b9079a3570f087c0","targets":[],"version":"v1"}','de38fb9869d116f2','a6c6a5b8e1624b4d979f4e43678f42b3af3d098913f72547a222d371d0f6e14d','f1ba025b3324da886f348b978b6f397e31ac0a3a1e4bc9510a2dae54f1a0977c');
INSERT INTO "audit" VALUES(9,1795574331260000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','6caa2c9bd3d3abc6','f1ba025b3324da886f348b978b6f397e31ac0a3a1e4bc9510a2dae54f1a0977c','d1ae855f294bba618a18099ca0c8f0b98224f7844a373e73e4a3980a827c3b91');
INSERT INTO "audit" VALUES(10,1795574331272000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','79f02b5394d1e08b','d1ae855f294bba618a18099ca0c8f0b98224f7844a373e73e4a3980a827c3b91','830cc99d068161b0f8c916377321a1ba390366c47e71cdcda2149b3d6fc783c0');
INSERT INTO "audit" VALUES(11,1795574331438000,'tenant:RELEASED-T1','job.complete','t1','job-066110ba2ded13d7f1b4c2e8ad3cb9','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','61fec6b88b97d06f','830cc99d068161b0f8c916377321a1ba390366c47e71cdcda2149b3d6fc783c0','576da733d03fd24362e4f33eacd61d72d47b482ac82030a4b3daaab6fc43679b');
INSERT INTO "audit" VALUES(12,1795574331517000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-066110ba3284ba51083fdce6edc10b','{"all_buckets":false,"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"failures":null,"label":null,"omitted_buckets":0,"omitted_entries":0,"receipts":null,"sha256":"ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f","stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1","versions":false}','07592eddc01acef0','576da733d03fd24362e4f33eacd61d72d47b482ac82030a4b3daaab6fc43679b','cb8266b9ec4c4f49d82fb7a091839adf0165a1dd04143c5a4b90ef6dea2e5986');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'cb8266b9ec4c4f49d82fb7a091839adf0165a1dd04143c5a4b90ef6dea2e5986');
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
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795574331430000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795574331430000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795574331164000,1795574331164000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795574331171000,1795574331171000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'644F63BC70BE96E5FD5B6618F3A1C94358F4FAFFC5146973155B868F69905E8902FB7CB1CC095866831E2174A3B553792A',1795574331185000,NULL);
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
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795574331271000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-066110ba2ded13d7f1b4c2e8ad3cb9','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795574331205000,1795574331430000,NULL,'w (RELEASED-T1)',X'59B64A0DE829A137AAFF55E207919B65D80E7F364919DAA673383EB034D40550',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-066110ba2e0882ed84d7637b7f37fa','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795574331212000,1795574331212000,1795574331212000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795574331194000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795574331205000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795574331194000,NULL,'tenant:RELEASED-T1','receipt-066110ba2dca6c6df8eba7877cab30','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"c40bc1063e178969bc98913ef84be2ec34a4f35debe7e201c6c2deb80366a0f7"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-066110ba2dca6c6df8eba7877cab30","recorded_at":"2026-11-25T02:38:51.194000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1532891656ebb4a0","value":"X/Okx6GKsBzBMV2oNBTN+z1CIUQNvDoUh0OR7VBB8jR/HblwlB0/lH0POxzxdiuCR/wtcli/UGee1nzKph9cBw=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795574331205000,NULL,'tenant:RELEASED-T1','receipt-066110ba2deaf65a15af8e662ebc80','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"60c7ae4f1ba99b6669d6b9820d2ec2ff7ee8e899af3119471a67a1bdfbf257b8"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-066110ba2ded13d7f1b4c2e8ad3cb9","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-066110ba2deaf65a15af8e662ebc80","recorded_at":"2026-11-25T02:38:51.205000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1532891656ebb4a0","value":"yK0fC2Yj6pL1Xs/9bIXFzW6PeF4axmvrIiTUvTl7RVRj5WCLDYdOxRYhPx0eRfTozafsxa7zHe+P8kgCkuxCBg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795574331212000,NULL,'tenant:RELEASED-T1','receipt-066110ba2e068f2adb698c06597aab','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"a6c6a5b8e1624b4d979f4e43678f42b3af3d098913f72547a222d371d0f6e14d"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-066110ba2e0882ed84d7637b7f37fa","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-066110ba2e068f2adb698c06597aab","recorded_at":"2026-11-25T02:38:51.212000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1532891656ebb4a0","value":"zE3BeJekRllcjH7H49+k6Al/hKDrBPPj+E39VORBXNrLsEY8EJBzie49LgvzoS9mlJfYXgFrgPvvy3IpJL67Cw=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795574331218000,1795574331257000,'tenant:RELEASED-T1','receipt-066110ba2e1b27b9079a3570f087c0','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"f1ba025b3324da886f348b978b6f397e31ac0a3a1e4bc9510a2dae54f1a0977c"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-066110ba2e1b27b9079a3570f087c0","recorded_at":"2026-11-25T02:38:51.218000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1532891656ebb4a0","value":"s2Qe/maOmafudMPGGc/fiOUowumMP2WjyggEZLhKD3e6u1OhLqIcjNBH2IF/YkAqDOaiVz8bNoH2FnHqA278AA=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795574331430000,'checksum','ok',1795574331430000,NULL);
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
INSERT INTO "sealing" VALUES(1,X'5902CB47FAB040235257C32C1CF50611',3,4,65536,X'029BD007925E5A63779126CC97E27F1467569943E56969F0F3BBAEF188E3C65461B6A9C1A21396BB6ECB097F7D6B93F3C3A1431F0948670C05CDBF2D');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-1532891656ebb4a0','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEABxHsQIrgW3jYX4j9J0BO6j5be4IJL4bJ9IeZ2vwJppM=
-----END PUBLIC KEY-----
',X'9616F3FA8B10CD1BB207ECAADDCEAEFB1AD71A751539A1FF004A42E7277A9D9B6039EC1110EA369EA43146A31F12DF39745EFDC6276C382FB39B4C39',1795574331094000);
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
INSERT INTO "snapshot_blobs" VALUES('t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22',X'789C8B8E564A54D2310441733373232353330328D0C92BCDC90113B1B100AACA09EE',34,'["cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22", 1, 1, "a", "a"]',1795574331504000);
INSERT INTO "snapshot_blobs" VALUES('t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',X'789C7550ED6E83300C7C17FF6652C9F82AAF5255C849CC9A352455309BAAAAEF3ED301AD340D84141F97F3DDDD404FE64C3C427BB881BE32C929CFC09CA6709EC103185B34C634B8D7843B5B362AD7945B6DB1D8976553595350DDEF2B4115922AF4BB2DD0BC57A4ACB275AF1464B9BC80307FC763061438B9654FC081A05D4C0823EA4F32DCF968CED086C97B8106C74CB65BCCED9EC82624582296D1C5D059BC8EEBDD273A444B2B3A05EF461158E72F4AA3705CF8102B923BC4EF007771DAC734203F8C9E082D25686F80DE775B693DFA9132D028731041E8DD5B2E3936825C7DB62A944B7481D7C5AF4DF4E8FC9468B3EE5193FFD3C12AFB6F0B86DC85379191637AA5C81E4671DA3D52D555AD5459ED9647FE51C0C09D9B83F01C6369660D7A970D53F815BFFF00DE87BDED',302,NULL,1795574331507000);
CREATE TABLE snapshot_parts (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	CONSTRAINT pk_snapshot_parts PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_parts_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id), 
	CONSTRAINT fk_snapshot_parts_tenant_id FOREIGN KEY(tenant_id, sha256) REFERENCES snapshot_blobs (tenant_id, sha256)
);
INSERT INTO "snapshot_parts" VALUES('snapshot-066110ba3284ba51083fdce6edc10b',0,'t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f');
INSERT INTO "snapshot_parts" VALUES('snapshot-066110ba3284ba51083fdce6edc10b',1,'t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22');
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
INSERT INTO "snapshots" VALUES('snapshot-066110ba3284ba51083fdce6edc10b','t1','fi-1',NULL,NULL,1767225600000000,1795574331507000,0,0,1,1,1,1,0,0,NULL,NULL,336,'ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',12,0,NULL);
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795574331177000,1795574331177000,'keep');
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
CREATE INDEX ix_answers_at ON answers (at);
COMMIT;
