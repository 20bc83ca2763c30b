-- A database as an older version wrote it: migration 1 only. Times stand in several
-- zones, JSON holds fields that this version does not know, one VM's address stands
-- in the column alone, and stats are empty or missing.
CREATE TABLE schema_migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
INSERT INTO schema_migrations VALUES (1, 'baseline', '2025-11-01T10:00:00Z');
CREATE TABLE images (
	id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, managed INTEGER NOT NULL DEFAULT 0,
	artifact_dir TEXT NOT NULL, rootfs_path TEXT NOT NULL, work_seed_path TEXT, kernel_path TEXT NOT NULL,
	initrd_path TEXT NOT NULL, modules_dir TEXT NOT NULL, packages_path TEXT, build_size TEXT NOT NULL,
	seeded_ssh_public_key_fingerprint TEXT, docker INTEGER NOT NULL DEFAULT 0,
	created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE vms (
	id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image_id TEXT NOT NULL,
	guest_ip TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
	last_touched_at TEXT NOT NULL, spec_json TEXT NOT NULL, runtime_json TEXT NOT NULL, stats_json TEXT,
	FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE RESTRICT
);
INSERT INTO images VALUES
	('img-b', 'second', 1, '/a/b', '/a/b/rootfs.ext4', '/a/b/seed', '/k/b', '/r/b', '/m/b', '/p/b', '4G', 'SHA256:b', 1,
		'2025-11-02T09:00:00+02:00', '2025-11-02T07:30:00Z'),
	('img-a', 'first', 0, '/a/a', '/a/a/rootfs.ext4', NULL, '/k/a', '', '', NULL, '', NULL, 0,
		'2025-11-02T06:00:00Z', '2025-11-02T06:00:00Z');
INSERT INTO vms VALUES
	('vm-c', 'third', 'img-a', '172.16.0.4', 'error', '2025-11-03T12:00:00Z', '2025-11-03T12:00:00Z', '2025-11-03T12:00:00Z',
		'{"vcpu":1}', '{"guest_ip":"172.16.0.4"}', ''),
	('vm-b', 'second', 'img-b', '172.16.0.3', 'stopped', '2025-11-03T13:00:00+01:00', '2025-11-03T12:00:01Z', '2025-11-03T12:00:02Z',
		'{"vcpu":4,"memory_mib":2048,"nested":{"deep":[1,{"x":12345678901234567890}]}}',
		'{"tap":"tap7","reason":"because"}', NULL),
	('vm-a', 'oldest', 'img-b', '172.16.0.2', 'running', '2025-11-03T20:00:00+09:00', '2025-11-03T11:00:00Z', '2025-11-03T11:00:00Z',
		'{"vcpu":2,"memory_mib":512}', '{"guest_ip":"172.16.0.2"}', '{"cpu_percent":1.5}');
