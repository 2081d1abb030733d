//! The log as auditors meet it: checked in place, from afar and from a stick, restored, refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::world::*;

/// What a command said, and its exit code.
fn said(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn verify(how: &str, what: &Path) -> (i32, String, String) {
    said(causeway().args(["verify", how]).arg(what))
}

/// A folder with a record of `events` events, signed, and nobody serving it.
fn record(folder: &Path, events: usize) -> String {
    let world = World::over(folder, &["--origin", "log.example/north"]);
    let key = world.key_with(serde_json::json!({
        "organisation": "icrc", "role": "reporter", "default_classification": "public",
    }));
    world.record(&key, &corridor("north"));
    let reports: Vec<_> =
        (1..events).map(|_| status("north", "2026-02-01T00:00:00Z", "open")).collect();
    for batch in reports.chunks(1_000) {
        assert_eq!(world.send(&key, &batch.to_vec().into()).status, 200);
    }
    world.stop();
    key
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_record_is_checked_where_it_is_and_from_afar_and_from_a_stick() {
    let world = World::demo();
    let stick = TempDir::new().unwrap();
    let backup = stick.path().join("lachin");
    let url = ["--url", world.url(), "--key", world.admin()];
    let (code, output, _) = said(causeway().arg("backup").arg(&backup).args(url));
    assert_eq!(code, 0, "{output}");
    let (code, output, error) = said(causeway().args(["verify", "--views"]).args(url));
    assert_eq!((code, output.lines().last()), (0, Some(SOUND)), "{output}{error}");
    let (code, output, error) = verify("--backup", &backup);
    assert_eq!((code, output.lines().last()), (0, Some(SOUND)), "{output}{error}");
    let data = world.folder().to_owned();
    let (code, _, error) = verify("--data", &data);
    assert_eq!(code, 2, "it is being served");
    assert!(error.contains("another process"), "{error}");
    let keys = world.get("/v1/log").json()["keys"][0].as_str().unwrap().to_owned();
    assert!(output.contains(&format!("signed by {keys}")), "{output}");
}

const SOUND: &str = "sound: all that was signed is there, unchanged";

#[test]
fn a_new_version_can_start_from_a_snapshot_that_was_made_beside_the_old_one() {
    let [data, other, stick] = [(); 3].map(|()| TempDir::new().unwrap());
    let reporter = record(data.path(), 700);
    record(other.path(), 3);
    let backup = stick.path().join("record");
    let to_stick = |data: &Path, backup: &Path| {
        output_of(causeway().arg("backup").arg(backup).arg("--data").arg(data))
    };
    to_stick(data.path(), &backup);
    let served = World::over(data.path(), &["--snapshot-every", "0"]);
    let prepare = |from: &Path| {
        let mut command = causeway();
        said(command.arg("snapshot").arg(from).arg("--data").arg(data.path()))
    };

    let elsewhere = stick.path().join("other");
    to_stick(other.path(), &elsewhere);
    let (code, _, error) = prepare(&elsewhere);
    assert_eq!(code, 1);
    assert!(error.contains("it is not of this log"), "{error}");
    let damaged = stick.path().join("damaged");
    copy(&backup, &damaged);
    fs::copy(damaged.join("tile/entries/001"), damaged.join("tile/entries/000")).unwrap();
    let (code, _, error) = prepare(&damaged);
    assert_eq!(code, 1);
    assert!(error.contains("are not those that were signed"), "{error}");
    for _ in 0..2 {
        let (code, output, error) = prepare(&backup);
        assert_eq!((code, output.contains("the first 700 events")), (0, true), "{output}{error}");
    }

    served.record(&reporter, &corridor("south"));
    let corridors = |world: &World| world.get_as(&reporter, "/v1/corridors?at_position=700").data();
    let before = corridors(&served);
    served.stop();
    let log = stick.path().join("log");
    let mut command = causeway();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "info", "--data"]).arg(data.path());
    command.stderr(fs::File::create(&log).unwrap());
    let world = World::from_command(command);
    assert_eq!(corridors(&world), before);
    world.stop();
    let told = fs::read_to_string(log).unwrap();
    let is_taken =
        |line: &str| line.contains("taken from a snapshot") && line.contains(r#""events":700"#);
    assert!(told.lines().any(is_taken), "{told}");
}

#[test]
fn a_reader_proves_what_was_read_with_what_was_kept() {
    let world = World::demo();
    let kept = TempDir::new().unwrap();
    let [event, proof, other] =
        ["event.json", "event.tlog-proof", "other"].map(|name| kept.path().join(name));
    let path = "/v1/events/f6b77ab7-c339-5a66-b77c-32244a41e6e8";
    fs::write(&event, world.get(path).text()).unwrap();
    fs::write(&proof, world.get(&format!("{path}/proof")).text()).unwrap();
    fs::write(&other, world.get(path).text().replace("2020", "2021")).unwrap();
    let key = world.get("/v1/log").json()["keys"][0].as_str().unwrap().to_owned();
    drop(world);
    let check = |event: &Path| {
        let mut command = causeway();
        command.args(["verify", "--signed-by", &key, "--proof"]).arg(&proof);
        said(command.arg("--event").arg(event))
    };
    let (code, output, error) = check(&event);
    assert_eq!(code, 0, "{error}");
    assert_eq!(output, "the event is on record, at position 14 of causeway.invalid/demo\n");
    assert_eq!(check(&other).0, 1);
}

#[test]
fn a_key_from_elsewhere_decides_whom_to_believe() {
    let folder = TempDir::new().unwrap();
    record(folder.path(), 3);
    let own = output_of(causeway().args(["keys", "signing", "--data"]).arg(folder.path()));
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    for (key, expected) in [(own.trim(), 0), (stranger, 1)] {
        let mut command = causeway();
        command.args(["verify", "--signed-by", key, "--data"]).arg(folder.path());
        let (code, output, error) = said(&mut command);
        assert_eq!(code, expected, "{output}{error}");
    }
}

#[test]
fn a_restored_record_goes_on_as_the_one_it_was() {
    let scratch = TempDir::new().unwrap();
    let [data, backup, restored] =
        ["data", "backup", "restored"].map(|name| scratch.path().join(name));
    let key = record(&data, 700);
    let copied = said(causeway().arg("backup").arg(&backup).arg("--data").arg(&data));
    assert_eq!(copied.0, 0, "{copied:?}");
    let made = said(causeway().arg("restore").arg(&backup).arg("--data").arg(&restored));
    assert_eq!(made.0, 0, "{made:?}");
    let root =
        |text: &str| text.lines().find_map(|line| line.strip_prefix("root ").map(str::to_owned));
    assert!(made.1.contains(&root(&copied.1).unwrap()), "{made:?}");
    let again = said(causeway().arg("restore").arg(&backup).arg("--data").arg(&restored));
    assert_eq!(again.0, 2, "a record is never overwritten");
    let newer = scratch.path().join("newer");
    copy(&data, &newer);
    let world = World::over(&newer, &[]);
    world.record(&key, &status("north", "2026-02-02T00:00:00Z", "open"));
    world.stop();
    fs::remove_dir_all(newer.join("log")).unwrap();
    let behind = said(causeway().arg("restore").arg(&backup).arg("--data").arg(&newer));
    assert_eq!(behind.0, 2, "nor is a newer checkpoint: {behind:?}");
    assert!(behind.2.contains("701"), "{behind:?}");

    // Without its key nobody can sign what goes on from it.
    let mut keyless = causeway();
    keyless.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&restored);
    let (code, _, error) = said(&mut keyless);
    assert_eq!(code, 2);
    assert!(error.contains("signing.key is lost"), "{error}");

    for name in ["signing.key", "keys.json"] {
        fs::copy(data.join(name), restored.join(name)).unwrap();
    }
    let export = |folder: &Path| output_of(causeway().args(["export", "--data"]).arg(folder));
    assert!(export(&data) == export(&restored), "byte for byte the same events");
    let world = World::over(&restored, &["--origin", "log.example/north"]);
    world.record(&key, &status("north", "2026-02-02T00:00:00Z", "closed"));
    world.stop();
    let (code, output, error) = verify("--data", &restored);
    assert_eq!((code, output.lines().last()), (0, Some(SOUND)), "{output}{error}");
    // And the next backup adds to the old one.
    let copied = said(causeway().arg("backup").arg(&backup).arg("--data").arg(&restored));
    assert!(copied.1.contains("701 entries") && copied.1.contains("1 of them new"), "{copied:?}");
}

#[test]
fn an_older_log_in_place_of_a_newer_one_is_read_and_never_written() {
    let scratch = TempDir::new().unwrap();
    let [data, older] = ["data", "older"].map(|name| scratch.path().join(name));
    let key = record(&data, 10);
    copy(&data.join("log"), &older);
    let world = World::over(&data, &[]);
    world.record(&key, &status("north", "2026-02-02T00:00:00Z", "closed"));
    world.stop();
    let checkpoint = fs::read(data.join("checkpoint")).unwrap();
    fs::remove_dir_all(data.join("log")).unwrap();
    copy(&older, &data.join("log"));

    let (code, output, _) = verify("--data", &data);
    assert_eq!(code, 1);
    assert!(output.contains("damaged: log, position 10: its end is missing"), "{output}");
    let world = World::over(&data, &[]);
    let ready = world.get("/readyz");
    assert_eq!((ready.status, ready.problem().as_str()), (503, "log-refused"));
    assert!(ready.text().contains("the log has 10 entries, and a checkpoint of 11 was signed"));
    let refused = world.send(&key, &status("north", "2026-02-03T00:00:00Z", "open"));
    assert_eq!((refused.status, refused.problem().as_str()), (503, "log-refused"));
    assert_eq!(world.get("/log/checkpoint").problem(), "log-refused");
    assert_eq!(world.get_as(&key, "/v1/corridors/north").status, 200);
    world.stop();
    assert_eq!(fs::read(data.join("checkpoint")).unwrap(), checkpoint, "nothing was signed");
}

#[test]
fn an_older_folder_is_refused_by_a_checkpoint_that_was_kept_elsewhere() {
    let scratch = TempDir::new().unwrap();
    let [data, older, kept] = ["data", "older", "kept"].map(|name| scratch.path().join(name));
    let key = record(&data, 10);
    copy(&data, &older);
    let world = World::over(&data, &[]);
    world.record(&key, &status("north", "2026-02-02T00:00:00Z", "closed"));
    world.stop();
    fs::copy(data.join("checkpoint"), &kept).unwrap();

    let since = |data: &Path| {
        let mut command = causeway();
        command.args(["verify", "--since"]).arg(&kept).arg("--data");
        said(command.arg(data))
    };
    assert_eq!(since(&data).0, 0);
    let (code, output, _) = since(&older);
    assert_eq!(code, 1);
    assert!(output.contains("position 10: they were signed, and are missing"), "{output}");
    let kept = ["--not-before", kept.to_str().unwrap()];
    let world = World::over(&older, &kept);
    assert_eq!(world.get("/readyz").problem(), "log-refused");
    world.stop();
    let world = World::over(&data, &kept);
    assert_eq!(world.get("/readyz").status, 200);
    world.stop();
    let world = World::over(&older, &[]);
    assert_eq!(world.get("/readyz").status, 200, "from inside it cannot be seen");
}

#[test]
fn a_key_is_changed_without_a_gap() {
    let scratch = TempDir::new().unwrap();
    let data = scratch.path().join("data");
    let key = record(&data, 3);
    let signing = |more: &[&str]| {
        let mut command = causeway();
        command.args(["keys", "signing"]).args(more).arg("--data").arg(&data);
        let printed = output_of(&mut command);
        printed.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let [old] = &signing(&[])[..] else { panic!("one key") };
    let both = signing(&["--add"]);
    assert_eq!((both.len(), &both[0]), (2, old));
    let id = old.split('+').nth(1).unwrap();
    let mut early = causeway();
    early.args(["keys", "signing", "--retire", id, "--data"]).arg(&data);
    let (code, _, error) = said(&mut early);
    assert_eq!(code, 1, "the new key has signed nothing yet");
    assert!(error.contains("start the service once"), "{error}");
    let world = World::over(&data, &[]);
    world.record(&key, &status("north", "2026-02-02T00:00:00Z", "closed"));
    world.stop();
    for key in &both {
        let mut command = causeway();
        command.args(["verify", "--signed-by", key, "--data"]).arg(&data);
        assert_eq!(said(&mut command).0, 0, "{key}");
    }
    assert_eq!(signing(&["--retire", id]), both[1..]);
    let (code, _, error) =
        said(causeway().args(["keys", "signing", "--retire", "00000000", "--data"]).arg(&data));
    assert_eq!(code, 1, "{error}");
    World::over(&data, &[]).stop();
}

#[test]
fn the_origin_is_for_good() {
    let folder = TempDir::new().unwrap();
    record(folder.path(), 1);
    let mut renamed = causeway();
    renamed.args(["serve", "--listen", "127.0.0.1:0", "--origin", "log.example/other", "--data"]);
    let (code, _, error) = said(renamed.arg(folder.path()));
    assert_eq!(code, 2);
    assert!(error.contains("log.example/north"), "{error}");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(folder.path().join("signing.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_replay_has_the_digest_that_the_service_has() {
    let world = World::demo();
    let export = TempDir::new().unwrap();
    let events = export.path().join("record.ndjson");
    let url = ["--url", world.url(), "--key", world.admin()];
    fs::write(&events, output_of(causeway().arg("export").args(url))).unwrap();
    for view in ["corridors", "blockades", "deliveries", "places"] {
        for position in ["300", "719"] {
            let path = format!("/v1/log/digest?view={view}&at_position={position}");
            let served = world.get_as(world.admin(), &path).data()["sha256"].clone();
            let mut replay = causeway();
            replay.args(["replay", "--digest", "--view", view, "--at-position", position]);
            let replayed = output_of(replay.arg("--events").arg(&events));
            assert_eq!(served, replayed.trim(), "{view} at {position}");
        }
    }
}

/// Places in a file: its beginning, its end, some in between, and some among what is not zero.
fn places(bytes: &[u8]) -> Vec<usize> {
    let many = if std::env::var_os("CAUSEWAY_LONG").is_some() { 400 } else { 8 };
    let written: Vec<_> = (0..bytes.len()).filter(|place| bytes[*place] != 0).collect();
    let spread = |length: usize| (0..many).map(move |part| part * length / many);
    let mut places: Vec<_> =
        spread(bytes.len()).chain([1, 7, bytes.len().saturating_sub(1)]).collect();
    places.extend(spread(written.len()).filter_map(|part| written.get(part)));
    places.retain(|place| *place < bytes.len());
    places.sort_unstable();
    places.dedup();
    places
}

#[test]
fn a_flipped_bit_in_the_store_is_found_or_changes_nothing() {
    let scratch = TempDir::new().unwrap();
    let [sound, damaged] = ["sound", "damaged"].map(|name| scratch.path().join(name));
    record(&sound, 600);
    let export = |folder: &Path| said(causeway().args(["export", "--data"]).arg(folder));
    let expected = export(&sound).1;
    let trusted = output_of(causeway().args(["keys", "signing", "--data"]).arg(&sound));
    let (mut found, mut harmless) = (0, 0);
    for path in files(&sound) {
        let name = path.strip_prefix(&sound).unwrap().to_owned();
        let is_read =
            !["causeway.lock", "keys.json", "log/lock"].iter().any(|one| name.ends_with(one));
        let bytes = fs::read(&path).unwrap();
        let before = found;
        for place in places(&bytes).into_iter().filter(|_| is_read) {
            drop(fs::remove_dir_all(&damaged));
            copy(&sound, &damaged);
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << (place % 8);
            fs::write(damaged.join(&name), flipped).unwrap();
            let mut command = causeway();
            command.args(["verify", "--signed-by", trusted.trim(), "--data"]).arg(&damaged);
            let (code, output, error) = said(&mut command);
            match code {
                0 => {
                    harmless += 1;
                    assert_eq!(output.lines().last(), Some(SOUND));
                    let (_, exported, _) = export(&damaged);
                    // The key that signs is not read when the signature is checked with another.
                    assert!(exported == expected, "byte {place} of {name:?} changed an answer");
                }
                1 => {
                    found += 1;
                    assert!(output.contains("damaged: "), "{output}");
                }
                _ => panic!("byte {place} of {name:?}: {output}{error}"),
            }
        }
        let has_to_be =
            ["checkpoint", "tiles", "log/db", "log/conf"].iter().any(|one| name.ends_with(one));
        assert!(found > before || !has_to_be, "nothing was found in {name:?}");
    }
    assert!(found > 20, "{found} found, {harmless} harmless");
    eprintln!("{found} found, {harmless} in bytes that nobody reads");
}

#[test]
fn a_log_that_was_cut_off_is_found() {
    let scratch = TempDir::new().unwrap();
    let [sound, damaged] = ["sound", "damaged"].map(|name| scratch.path().join(name));
    record(&sound, 600);
    let bytes = fs::read(sound.join("log/db")).unwrap();
    let length = bytes.len() as u64;
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64;
    for left in [length - 1, written + 1, written, written / 2, written / 4, 1, 0] {
        drop(fs::remove_dir_all(&damaged));
        copy(&sound, &damaged);
        let file = fs::OpenOptions::new().write(true).open(damaged.join("log/db")).unwrap();
        file.set_len(left).unwrap();
        let (code, output, error) = verify("--data", &damaged);
        let is_whole = code == 0 && output.lines().last() == Some(SOUND);
        let read = said(causeway().args(["export", "--data"]).arg(&damaged)).1.lines().count();
        assert!(code == 1 || is_whole && read == 600, "{left}: {code} {output}{error}");
        assert!(code == 1 || left > written / 2, "{left} of {written} bytes are not enough");
    }
}
