BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0009');
CREATE TABLE answers (
	access_key VARCHAR NOT NULL, 
	signature VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (access_key, signature)
);
INSERT INTO "answers" VALUES('RELEASED-T1','2455378745b315d34fde8ef5502982b322179452155b5e3a8114af455e0c7351',200,X'2BAB45EBDFA0EB71BD3673EDD63C559B521D3895EE51176FEE1FB3BB8755526ABE2FFC05644E8E8D502BB3C34170B05485950803DE02080D3DB88A88ECBA5CF1D4DD0AC31D58EFF7D4BF76749116A30CB0B52E233F0011D1654CF715BFFEBDCA8C20B8C45A8DD84B0B5C6B8BD733142DA1',1795610096894000);
INSERT INTO "answers" VALUES('RELEASED-T1','42ccabb10531de7832dc2c5eb7852a7792d0245fd5d2b1178f4f56ef52464dc3',201,X'401937E7D9A1CFF7BCCA78E619A8715E54B7AD762911EDBA14750F21BC6E28ECBBD44A3E73E3A327C37202E4C9672FF46727732740B74F1528FA109F5343E6B2FFA00E5807866B440D5E7D62022D24D6A3F6CC1FD9D3689E8D0E6B4A40C271F33DE921D05035FF2BF3C78513BCF235DCECC4CCA4F48972F0729BE5C23FC6D35116CBDF034400253A6FD31AE88FD7915661BA249C33CD251B087DDD6078F30FD48D9E4F4241006D08E9323734808FEE8558E304CA27FA50F0F235C86F89B62FC8B054C12C83F0AE3CD0DEF9A354205313F92EE5D56E6BEA764FCB1B3E7456957BD4C02AD605F3FCE0E30C01DEF0DAEA3764A43274D43748F60B522A09AD737FD8FA82DEA4E44E899F33EC8542E048792969F9251ECFB5487D2746EA5679A03B776FADE8C38814AE3F15C2B9C03B0D5FF3C76521F9D78FD8D71C00C24FCF98511FC1F56185BE59EF94D50EF6E1C6FF3E71D407D077C785E32DD05E0A6A173C38193BAAD090A2887A24B50A9372E23E865EE2963A887D767A228B6F7247D71A4B8A54EE1AEA3FEF45B79ECD01146ED04C4C07D76029002B569FDADEB7023F95DE5593A53D4C2DF848DCEF3473803DB784928A7BE790602BB09A848D47DE2D33082A27BB130B1EF3DFDDF17A903938AD472DD056069B6548839815F0798EE1D705E2B4C23A009B315838745CF199B5E498F6DF478B999AB3706CA60D911FAA3BD7AF8A552418757F0905F9804ECD1799BF37793FF9F9584F8E37F550F5F00B3B209FCC60D9F81226BEF2442AB0EBD9DF7294C133070EB28DFC1D541C03190DECEDA1697A9E26B347ABBF457C6176ABCC0F28734879AA8FC611FADF52A620D01A6EDE147B982C864AD69F36AE731AA88A96B86DABA910379FC0E9AF74637C99B16BB33FE52EAE7968AB551A090F87A5BF75256AE3DEA5E88247BA33525D6F1A12',1795610096905000);
INSERT INTO "answers" VALUES('RELEASED-T1','868e9676fbd9a348fc8caaf297d722c4e03d6a8d9b408b7d4127b67fa8f36050',200,X'11DDD12F1EFC701622A81C054A2EFCB2C219089CEA3E674258D6A28FA09BAC060A56A928D202BFC8FBAC770EAA6332810AEEA8CA6E1802BB4A9F562C94D819293148FB8C4B8A4960F0E525730ADDD68B56BDF60FEF3076925A031C9F89080A735154DC1120D1AB3180975C468F7126098A1DE3B8050690D8B54B237BE0190F309B3652DE242C6CFB829A0102DEA22C1E212E4400ED9E4CA830E39933C6187FC2EF3BC14066903BBEEF7F484063E2A7F8D803EC682C12761D5875CDC7FD95724AF04FD587488DD3F003D8C6CA478EA36096227302399F887CD1862DFF8CE77A5C69420231B7C657B70F321EEE454ED424691EAA06D3588007628CA971653F22747818ADD72B8F24E66BE4C1D6DE0E9FA99159C81C46047976137BE717AFEBB6F02052687F54369CDFC12F835DFCC22C38908500A0A9B43B087490D2D1684E9FA12CF4F7321BFC458F60A4F5C74B8F8FA6E89B1DD1B1CC26B8A4E82B01DA0CB5A791DC04372EA80B9C7F659319734A5032C24CB47842DC8A56D04825BB61BCBF6E232957AA7B53483D2FEB09F1AA8CC0638B486BC4A9F63A51D07B5C581421A6BD7BA837110D6B5FA6714D8CE6919EDFF1F0BC53C309073E879BC3A6988E6F1F24F89EDF9448624C74899B0F429DDD7463266F584A117682A0DABFC3A317FEEE0E47C3CECB8D5C13BCE027E76FE432508DCB8BE60783589976C248C9417F447D19947CB7457795639A78336473F54C9C184BD0C94D4FBC1BC376B5FF53F064B5D67B6784711F684A53E37D588C4C4FC72DBDAE338A4AC1CAD028639353FEEAD911209E8ED72A4E66F7EB98974F10845F2C65E55A00033EA9C0B663C6C11DF5AE4240AB3B90A35BD55A9F41CA2D3F29A9437E5D569E7B0E6DBD9B0F0445A97A3CBABF4831CDB5F0D0AA8F50B5538C44E10796BB872E866D2544AFF9DDBCA759A80F2C9638C4DED482E22C712BFA59FC8C0F1964BC70921C4AA332796A02947FC2DCA93B452285AE309E27E2AA837ECE5D454D3CE1E97AE35DD147BA64E9676291F2167B27A3272DE45DBAE32D27C4823B26EBB7E6E19D096842F7AAE3FF82D913D7DC7E0EFE1CBBEE0E571BFECFC1EC8C596A78B59E9C8698B258B8F6DF0BC7FDB95462450698359F194C8BCBAF3FDD0A35AA46C071680AB34120DEFCFE0DB5116DADDC12999501944BBDD3262DC454BE32F62671ECA5F0DD891A94376CADCB86DCDE2268B3889F9E736B66A136E361F689BFBF3D2B48C0794475E3452A81A35C8ABE0A160DA3AE4FB742DBAEDCAC44BAF0F9FD2A4B88430533AC20350E4553B6A1EE6E0463620D99954C15E02E15B8D2DDB8B5711934FBB6AE9335F972FB328A81A7B6C0DD9A74A5484F44C590FBCE15A769930FDAEE5B9FC500BDE5B3D140D30C100016F499597EC637AC1AEE0D43E7E7D49DE177124881F0BE55CE07367CAAD96B5190E70EDDB19E7BD6ACD4E337',1795610097024000);
INSERT INTO "answers" VALUES('RELEASED-T1','edfc5f9908f528d48c43c77bad3c0cf2f42b7b2b18ec1bea861095dc5e7a9de8',201,X'85823D34190D5A3300D42CDF0731F1C5D8B754A510F430A2558E9E4D91F6364867471AAC63C4BA97676E46915ADF9CF264FF3E2AA9EE9CB3F4643A75DE44445007D9BBAEC539D20DCC7586B14FF33F0C1108D965A95D1D9FD44BBE8B51BABBCC448AF7BC59CF063322DF310A62C40E2B3F12CECC835EFDFE040C57B0E52D03AAB2C905E9A13F6662491825F6FCE79A50D77137D6D79D6B40FA1B406D34293489DE98573FF33E0EDB87312B70AC4AB5225D7C2D8E38F47F6801591D9E40BFAE3245FEB3912E5DFD31AFE5A42DE0B24AED895B15BF8D2920BBC323AAC27208617E541D1EC41D9DE44E57D459D0A3E75F5D257370A9AB61F0E106572AA839B01CEDE1BAF3ADB45EC78D1F8B29D2C55E38050F50BC3F63F8534CD24C098A0524DFF133A7A4D92333726B59A3ED6BCBC88157E79A8257FB1371C3C5E7A31CB92BC8BBEC35B4FD735C1240BBF65B287456061BB2B37FAA70B03F29A9C04CB1F70950AFB91537E7DF579C292C70624E260EC8644E3275F866439D04F6FC2C48BBCCA82A2A0DB2E76974268A4E8D477E52C3BC1785AD2CCA1C6EDA907C8B8EBBE49E17B3F3C84CD8F1B9DF8C1D0089CE7D90DE7432927DF062327A9FD7F4239E9C6BD9BE74603CA1CEE9D4CEECB8B941AB678770928F3EE9F099EABB88D4A22526B9B7BB900B6EA7C4EC646558706080AA97155980E8F56806EEB1C0F5D0933415235DE3C07E565A03F0491B8617FD2E19EEB053C028C634C3082C4DB1DC6AE8',1795610097081000);
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
INSERT INTO "attempts" VALUES('job-0661190dfa3763d6164df222f30e5e',1,'w (RELEASED-T1)',1795610097012000,1795610097029000,'succeeded',NULL,0);
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
INSERT INTO "audit" VALUES(1,1795610096806000,'operator','backend.create',NULL,'fi-1','{"addressing":"auto","country":"FI","endpoint":"https://s3.example.net","id":"fi-1","provider":"spacetime","region":"fi-1-region"}','405d5f9d85d913cb','0000000000000000000000000000000000000000000000000000000000000000','b3220da2263c95bdecb8a48fd9bab17408fb664b571e2ffb5323514f54e3c374');
INSERT INTO "audit" VALUES(2,1795610096812000,'operator','backend.create',NULL,'de-1','{"addressing":"auto","country":"DE","endpoint":"https://s3.example.net","id":"de-1","provider":"spacetime","region":"de-1-region"}','e3fb815037fcf9f3','b3220da2263c95bdecb8a48fd9bab17408fb664b571e2ffb5323514f54e3c374','9fc94db297849c3ef6b946463ff4a714d105a172504a2807300e59348218364f');
INSERT INTO "audit" VALUES(3,1795610096817000,'operator','tenant.create','t1','t1','{"allowed_backends":null,"name":null,"quotas":{"bytes":null,"objects":null},"replicas":1,"residency":"EU","tombstones":"keep"}','d09e1413efd20d9c','9fc94db297849c3ef6b946463ff4a714d105a172504a2807300e59348218364f','1579a3f53672ce364969fb8b48f3c6c143e088ab255064e47ec2708646e3341d');
INSERT INTO "audit" VALUES(4,1795610096824000,'operator','credential.create','t1','RELEASED-T1','{"expires_at":null,"label":null,"role":"tenant","status":"active","tenants":[]}','1edd85d4ae67b235','1579a3f53672ce364969fb8b48f3c6c143e088ab255064e47ec2708646e3341d','d6b2e4388433a75cce6acfe5b2ce0c12cc566c3d960b00ba3d82002070d42a4e');
INSERT INTO "audit" VALUES(5,1795610096836000,'tenant:RELEASED-T1','object.register','t1','t1/plain','{"backends":["ceph-eu1"],"payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-0661190dfa185ef4d100a515c196fc","targets":[],"version":"v1"}','6cc2e424878f3571','d6b2e4388433a75cce6acfe5b2ce0c12cc566c3d960b00ba3d82002070d42a4e','3c52c7f65aa52185121fe356d935db51d7a72e40b79fb8cd5692502755675392');
INSERT INTO "audit" VALUES(6,1795610096843000,'tenant:RELEASED-T1','object.register','t1','t1/copied','{"backends":["ceph-eu1"],"payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-0661190dfa3589ea34acc232d6b665","targets":["de-1"],"version":"v1"}','b50c6c4903124f75','3c52c7f65aa52185121fe356d935db51d7a72e40b79fb8cd5692502755675392','bca14b9c384cd7948afabbadaf9cd769ff6d4f04e20a1d8f1dba80ebd5092ded');
INSERT INTO "audit" VALUES(7,1795610096848000,'tenant:RELEASED-T1','object.register','t1','t1/waiting','{"backends":["ceph-eu1"],"payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-0661190dfa4b26d4dea18554fa2e27","targets":["de-1"],"version":"v1"}','86cc338f338c0b0c','bca14b9c384cd7948afabbadaf9cd769ff6d4f04e20a1d8f1dba80ebd5092ded','c34be8e11c8aeac878a8226f83f467de0e11733f2924300528d266f1ad42669e');
INSERT INTO "audit" VALUES(8,1795610096852000,'tenant:RELEASED-T1','object.register','t1','t1/gone','{"backends":["ceph-eu1"],"payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-0661190dfa5c8032bbe8a75a012b4c","targets":[],"version":"v1"}','04cd38fe1c293771','c34be8e11c8aeac878a8226f83f467de0e11733f2924300528d266f1ad42669e','2a4c7e9770e00a3a0ae591a2f9f185fa483c82e9c920fd6f5acac4ef943ed343');
INSERT INTO "audit" VALUES(9,1795610096892000,'tenant:RELEASED-T1','object.delete','t1','t1/gone','{"versions":["v1"]}','9736424c3ad51722','2a4c7e9770e00a3a0ae591a2f9f185fa483c82e9c920fd6f5acac4ef943ed343','3b98bb543dca565846695bdaf91fc3d0794e60765b9639e95d69504591dcec8f');
INSERT INTO "audit" VALUES(10,1795610096903000,'tenant:RELEASED-T1','object.recipients','t1','t1/plain','{"recipients":[["k2","015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e"]],"revision":1,"signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","version":"v1"}','a53fe83512daa2ea','3b98bb543dca565846695bdaf91fc3d0794e60765b9639e95d69504591dcec8f','77901c9f12cf2a6e823212c0e0ea0878cc24883a78d43d875d3432a72c596b00');
INSERT INTO "audit" VALUES(11,1795610097033000,'tenant:RELEASED-T1','job.complete','t1','job-0661190dfa3763d6164df222f30e5e','{"object_key":"t1/copied","target":"de-1","url":"s3://s3gw-29104a1faa1b3796-spacetim","verified_by":"checksum","version":"v1"}','86c91a6416331b58','77901c9f12cf2a6e823212c0e0ea0878cc24883a78d43d875d3432a72c596b00','990888420fe35e5578492c04b3e77ef40ebbd6ed8bec4b97edb6e40587ef5296');
INSERT INTO "audit" VALUES(12,1795610097078000,'tenant:RELEASED-T1','snapshot.create','t1','snapshot-0661190dfdc0c1c40819a4514a3e52','{"all_buckets":false,"backend":"fi-1","buckets":1,"bytes":1,"endpoint":null,"entries":1,"failures":null,"label":null,"omitted_buckets":0,"omitted_entries":0,"receipts":null,"sha256":"ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f","stored_entries":1,"taken_at":1767225600000000,"tenant_id":"t1","versions":false}','b8e8e78ba72091de','990888420fe35e5578492c04b3e77ef40ebbd6ed8bec4b97edb6e40587ef5296','607fc0d73dfa2937c6b8ad120e66b0dac5716b411be4deba4d8459c7f8eabb41');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	count BIGINT NOT NULL, 
	head TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,12,'607fc0d73dfa2937c6b8ad120e66b0dac5716b411be4deba4d8459c7f8eabb41');
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
INSERT INTO "backend_controls" VALUES('ceph-eu1',NULL,NULL,NULL,NULL,0,0,NULL,0,0,0,NULL,NULL,1795610097029000);
INSERT INTO "backend_controls" VALUES('de-1',NULL,NULL,NULL,NULL,0,0,NULL,1,0,0,NULL,NULL,1795610097029000);
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
INSERT INTO "backends" VALUES('fi-1','spacetime','fi-1-region','FI','https://s3.example.net','auto',1795610096805000,1795610096805000);
INSERT INTO "backends" VALUES('de-1','spacetime','de-1-region','DE','https://s3.example.net','auto',1795610096811000,1795610096811000);
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
INSERT INTO "credentials" VALUES('RELEASED-T1','t1','tenant','[]',NULL,'active',X'49EB5587B20ADA309B49B61670B57D9E08F98E2034C6DB0C5A0DD99AEA332E56B223F27654ED2EB847A850ECE976CA59E1',1795610096823000,NULL);
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
INSERT INTO "further_keys" VALUES(1,1,'{"header_sha256":"1111111111111111111111111111111111111111111111111111111111111111","object_key":"t1/plain","revision":1,"signature":{"alg":"ed25519","signer_fingerprint":"2222222222222222222222222222222222222222222222222222222222222222","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="},"version":"v1","wrapped_keys":[{"fingerprint":"015f7e6bc5aeaf483724089e9252cc13b50951a6b69412522765cff4d780306e","key_alg":"ecdh-p256","key_id":"k2","wrapped":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="}]}',1795610096902000,'tenant:RELEASED-T1');
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
INSERT INTO "jobs" VALUES('job-0661190dfa3763d6164df222f30e5e','t1',2,'t1/copied','v1','ceph-eu1','de-1','succeeded',0,1,8,1795610096840000,1795610097029000,NULL,'w (RELEASED-T1)',X'5F5196A9CCAC31DBC9F8ABB135E8BC6DB7F520110B37A3DACED06F25AFFAD91B',NULL,0,NULL,NULL,'copy',NULL,NULL);
INSERT INTO "jobs" VALUES('job-0661190dfa4d0fbf8cad7a9beb9936','t1',3,'t1/waiting','v1','ceph-eu1','de-1','queued',0,0,8,1795610096846000,1795610096846000,1795610096846000,NULL,NULL,NULL,0,NULL,NULL,'copy',NULL,NULL);
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
INSERT INTO "namespaces" VALUES('s3gw-d97c0dfde57780f1-ceph-eu1','t1','unknown','data','ceph-eu1',0,1795610096831000);
INSERT INTO "namespaces" VALUES('s3gw-29104a1faa1b3796-spacetim','t1','de-1-region','data','de-1',0,1795610096840000);
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
INSERT INTO "objects" VALUES(1,'t1','t1/plain','v1','active',1795610096831000,NULL,'tenant:RELEASED-T1','receipt-0661190dfa185ef4d100a515c196fc','{"object_key":"t1/plain","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":5,"head":"3c52c7f65aa52185121fe356d935db51d7a72e40b79fb8cd5692502755675392"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/plain","payload_sha256":"97022dd4f0be5f99ceefe786505edc9a8fb1b47bf5b4410b8e7c6da6867f2f4a","receipt_id":"receipt-0661190dfa185ef4d100a515c196fc","recorded_at":"2026-11-25T12:34:56.831000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1874ccb8c844336e","value":"UdL+YCvtd2/px0Dm8fOAg7LfhcO32ghAaeMdMCWU1RZjJFXNvThEjlaF7jR9X04UD54oZiA52jpXYk6puDxtAA=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
INSERT INTO "objects" VALUES(2,'t1','t1/copied','v1','active',1795610096840000,NULL,'tenant:RELEASED-T1','receipt-0661190dfa3589ea34acc232d6b665','{"object_key":"t1/copied","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":6,"head":"bca14b9c384cd7948afabbadaf9cd769ff6d4f04e20a1d8f1dba80ebd5092ded"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-0661190dfa3763d6164df222f30e5e","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/copied","payload_sha256":"dce6f56565d542d2efe4f7762956906dc74cadf33dd9e2a89d109a9e8601d694","receipt_id":"receipt-0661190dfa3589ea34acc232d6b665","recorded_at":"2026-11-25T12:34:56.840000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1874ccb8c844336e","value":"M/0qegEuSW5yE7lLH9r1KzT8rc0h2pzOQfeuWQDwZi4HVwkxmXnXB2UKn9fV62tUz7smJr4e2+c+ItlVRz1kAg=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(3,'t1','t1/waiting','v1','active',1795610096846000,NULL,'tenant:RELEASED-T1','receipt-0661190dfa4b26d4dea18554fa2e27','{"object_key":"t1/waiting","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","replica_count":2,"residency":"EU","targets":["de-1"]}','{"audit":{"count":7,"head":"c34be8e11c8aeac878a8226f83f467de0e11733f2924300528d266f1ad42669e"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[{"id":"job-0661190dfa4d0fbf8cad7a9beb9936","state":"queued","target":"de-1"}],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/waiting","payload_sha256":"037f0c1a78a7250c3dfdddfb5d5e10601078d48e324e0db928592ef815fe2052","receipt_id":"receipt-0661190dfa4b26d4dea18554fa2e27","recorded_at":"2026-11-25T12:34:56.846000Z","replica_count":2,"residency":"EU","signature":{"alg":"ed25519","key_id":"server-1874ccb8c844336e","value":"QVxw3TWI12lfzH44QJb2uh2k1lKTCKPnAbgiYZZ5QHZCP4NMosmEZ0JZ83sEdVOa1gNm3u1fykE4SeXOq4qSBA=="},"size":null,"targets":["de-1"],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','EU','t1-k1','rsa-oaep',2,NULL,NULL);
INSERT INTO "objects" VALUES(4,'t1','t1/gone','v1','deleted',1795610096851000,1795610096888000,'tenant:RELEASED-T1','receipt-0661190dfa5c8032bbe8a75a012b4c','{"object_key":"t1/gone","version":"v1","backends":{"ceph-eu1":{"url":"s3://s3gw-a1b2c3d4-spacetim","etag":"abc123"}},"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","key_id":"t1-k1","key_alg":"rsa-oaep","residency":"FI"}','{"audit":{"count":8,"head":"2a4c7e9770e00a3a0ae591a2f9f185fa483c82e9c920fd6f5acac4ef943ed343"},"backend":"ceph-eu1","backends":{"ceph-eu1":{"etag":"abc123","url":"s3://s3gw-a1b2c3d4-spacetim","version_id":null}},"bucket":"s3gw-d97c0dfde57780f1-ceph-eu1","ciphertext_checksum":null,"ciphertext_size":null,"encrypted_key":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=","etag":"abc123","jobs":[],"key_alg":"rsa-oaep","key_id":"t1-k1","logical":"data","namespace":{"ceph-eu1":{"actual":"s3gw-a1b2c3d4-spacetim","counter":0,"expected":"s3gw-d97c0dfde57780f1-ceph-eu1","matches":false,"region":"unknown","registered":false}},"object_key":"t1/gone","payload_sha256":"3e456522ce75810b18422453e083499e74210b148627f2dcc1481d51b6625d86","receipt_id":"receipt-0661190dfa5c8032bbe8a75a012b4c","recorded_at":"2026-11-25T12:34:56.851000Z","replica_count":1,"residency":"FI","signature":{"alg":"ed25519","key_id":"server-1874ccb8c844336e","value":"R5cTXL4HTHWBt3CfNCzKx5u2hkD/pw6RoGjVPU346KfDTzAjt0Tgpq8rbRRXf/fpwrXXVcbCdRlNnTDLIzvWDQ=="},"size":null,"targets":[],"tenant_id":"t1","version":"v1","warnings":[{"backend":"ceph-eu1","code":"backend-unregistered","message":"The backend ceph-eu1 is not registered: its region and country are unknown."},{"backend":"ceph-eu1","code":"bucket-differs","message":"The bucket on ceph-eu1 is s3gw-a1b2c3d4-spacetim; the namespace rule gives s3gw-d97c0dfde57780f1-ceph-eu1."}]}','FI','t1-k1','rsa-oaep',1,NULL,NULL);
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
INSERT INTO "replicas" VALUES(2,'de-1',1,'s3://s3gw-29104a1faa1b3796-spacetim','abc123',NULL,'DE','job',1795610097029000,'checksum','ok',1795610097029000,NULL);
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
INSERT INTO "sealing" VALUES(1,X'959FD33B2A4F4192F53DD475379792FD',3,4,65536,X'5F5C253CA3DB0195179F3E60A0D5E65C79575F9E613C35F627291754676B28EA92FE319327A0487FB7B7CBD90F32128EA4C04F54EC8D6D9DC1584B22');
CREATE TABLE server_keys (
	key_id VARCHAR NOT NULL, 
	public_key TEXT NOT NULL, 
	sealed_private_key BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_server_keys PRIMARY KEY (key_id)
);
INSERT INTO "server_keys" VALUES('server-1874ccb8c844336e','-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAFrQ47XBfYrYlpKHr+ouFKknbxMTFCjGreCkluDqK9SQ=
-----END PUBLIC KEY-----
',X'1BF8BFF18C856035BFC5AEF6E61463AED3687FFBA176E3A1F0B1DB17130206E05C606A2CFC608C54B4984E48EAE812A2EE144CE30369B57B0302FD20',1795610096751000);
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
INSERT INTO "snapshot_blobs" VALUES('t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22',X'789C8B8E564A54D2310441733373232353330328D0C92BCDC90113B1B100AACA09EE',34,'["cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22", 1, 1, "a", "a"]',1795610097071000);
INSERT INTO "snapshot_blobs" VALUES('t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',X'789C7550ED6E83300C7C17FF6652C9F82AAF5255C849CC9A352455309BAAAAEF3ED301AD340D84141F97F3DDDD404FE64C3C427BB881BE32C929CFC09CA6709EC103185B34C634B8D7843B5B362AD7945B6DB1D8976553595350DDEF2B4115922AF4BB2DD0BC57A4ACB275AF1464B9BC80307FC763061438B9654FC081A05D4C0823EA4F32DCF968CED086C97B8106C74CB65BCCED9EC82624582296D1C5D059BC8EEBDD273A444B2B3A05EF461158E72F4AA3705CF8102B923BC4EF007771DAC734203F8C9E082D25686F80DE775B693DFA9132D028731041E8DD5B2E3936825C7DB62A944B7481D7C5AF4DF4E8FC9468B3EE5193FFD3C12AFB6F0B86DC85379191637AA5C81E4671DA3D52D555AD5459ED9647FE51C0C09D9B83F01C6369660D7A970D53F815BFFF00DE87BDED',302,NULL,1795610097074000);
CREATE TABLE snapshot_parts (
	snapshot_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	CONSTRAINT pk_snapshot_parts PRIMARY KEY (snapshot_id, number), 
	CONSTRAINT fk_snapshot_parts_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES snapshots (id), 
	CONSTRAINT fk_snapshot_parts_tenant_id FOREIGN KEY(tenant_id, sha256) REFERENCES snapshot_blobs (tenant_id, sha256)
);
INSERT INTO "snapshot_parts" VALUES('snapshot-0661190dfdc0c1c40819a4514a3e52',0,'t1','ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f');
INSERT INTO "snapshot_parts" VALUES('snapshot-0661190dfdc0c1c40819a4514a3e52',1,'t1','cd48cc8a9bea0d5821be1dbda495586dc4e7f961be2ae24b3d4ac36e2d2d7f22');
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
INSERT INTO "snapshots" VALUES('snapshot-0661190dfdc0c1c40819a4514a3e52','t1','fi-1',NULL,NULL,1767225600000000,1795610097074000,0,0,1,1,1,1,0,0,NULL,NULL,336,'ca49fbf6bdc0d8cc0fdba0156129f43a5d1c087d3fa78bce6cbb2378bd49cd1f',12,0,NULL);
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
INSERT INTO "tenants" VALUES('t1',NULL,'EU',1,NULL,NULL,NULL,3,0,1795610096816000,1795610096816000,'keep');
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
CREATE INDEX ix_objects_stored ON objects (tenant_id, state, id, ciphertext_size, size);
COMMIT;
