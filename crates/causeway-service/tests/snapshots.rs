//! A start from a snapshot ends where a replay of the log ends. Whatever is wrong with a snapshot,
//! the log decides.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use causeway_log::Journal;
use causeway_log::memory::Drive;
use causeway_log::note::Signer;
use causeway_log::shelf::InMemory;
use causeway_service::digest::digest;
use causeway_service::keys::Role;
use causeway_service::replay::rebuild;
use causeway_service::saved::Snapshots;
use causeway_service::{Position, Sealing, Service};
use causeway_views::Snapshot;
use causeway_views::whole::List;
use serde_json::Value;
use strum::IntoEnumIterator;
use tempfile::TempDir;

use crate::laws::is_judged;
use crate::world::*;

/// A log and a folder that outlive the services over them.
pub struct Kept {
    drive: Drive,
    shelf: InMemory,
    folder: TempDir,
    key: [u8; 32],
}

impl Kept {
    pub fn new() -> Kept {
        Kept {
            drive: Drive::default(),
            shelf: InMemory::default(),
            folder: tempfile::tempdir().unwrap(),
            key: [7; 32],
        }
    }

    fn sealing(&self) -> Sealing {
        let folder = self.folder.path().to_owned();
        Sealing {
            signers: vec![Signer::new("causeway.invalid/kept", &self.key).unwrap()],
            shelf: Box::new(self.shelf.clone()),
            snapshots: Some(Snapshots { folder, every: 1 }),
            ..Sealing::passing()
        }
    }

    /// Starts a service, and says how many events it took from a snapshot.
    pub fn open(&self) -> (Service, Position) {
        let heard = Mutex::new(Vec::new());
        let log = Journal::over(self.drive.clone()).unwrap();
        let progress = |done| heard.lock().unwrap().push(done);
        let service = Service::open(Box::new(log), self.sealing(), progress).unwrap();
        (service, heard.into_inner().unwrap()[0])
    }

    /// What the log alone says.
    pub fn rebuilt(&self) -> Snapshot {
        let log = Journal::over(self.drive.clone()).unwrap();
        rebuild(&*causeway_log::Log::reader(&log), |_| {}).unwrap().snapshot
    }

    fn snapshots(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The one file.
    fn snapshot(&self) -> PathBuf {
        let mut files = self.snapshots();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

/// A few events, and the snapshot that stopping makes of them.
async fn few() -> Kept {
    let kept = Kept::new();
    let (service, taken) = kept.open();
    assert_eq!(taken, 0);
    let icrc = reporter("icrc");
    record(&service, &icrc, corridor("north")).await;
    record(&service, &icrc, status("north", "2023-03-01T00:00:00Z", "closed")).await;
    service.stop();
    kept
}

const FEW: Position = 2;

/// Every list as it is known at the end, as one hash each.
fn digests(snapshot: &Snapshot) -> Vec<String> {
    let head = snapshot.chronicle.head().unwrap();
    List::iter().map(|list| digest(snapshot, head, list).unwrap().1.sha256).collect()
}

#[tokio::test]
async fn a_whole_crisis_is_the_same_from_a_snapshot() {
    let kept = Kept::new();
    let (service, _) = kept.open();
    let events: Vec<Value> = include_str!("../../causeway/demo/lachin.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for run in events.chunk_by(|one, next| is_judged(one) == is_judged(next)) {
        let organisation = if is_judged(&run[0]) { "assessors" } else { "causeway-demo" };
        send(&service, &caller(organisation, Role::Admin), run).await;
    }
    let before = service.head();
    assert_eq!(before.chronicle.len(), events.len() as Position);
    service.stop();

    let (service, taken) = kept.open();
    assert_eq!(taken, before.chronicle.len());
    let (after, rebuilt) = (service.head(), kept.rebuilt());
    assert_eq!(digests(&after), digests(&before));
    assert_eq!(digests(&after), digests(&rebuilt));
    for organisation in ["causeway-demo", "assessors", "icrc", "nobody"] {
        let id = organisation.parse().unwrap();
        let question = causeway_service::Question::default();
        let everything = causeway_domain::words::Classification::StrictlyConfidential;
        let knows = |snapshot: &Snapshot| {
            let now = "2026-01-01T00:00:00Z".parse().unwrap();
            let asked = question.pin_to(snapshot, now, everything).unwrap();
            snapshot.view(&asked).knows_actor(&id)
        };
        assert_eq!(knows(&after), knows(&before), "{organisation}");
    }
    service.stop();
}

#[tokio::test]
async fn what_came_after_the_snapshot_is_replayed() {
    let kept = few().await;
    let older = fs::read(kept.snapshot()).unwrap();
    let (service, taken) = kept.open();
    assert_eq!(taken, FEW);
    let icrc = reporter("icrc");
    record(&service, &icrc, status("north", "2023-03-02T00:00:00Z", "open")).await;
    service.stop();

    fs::write(kept.snapshot(), older).unwrap();
    let (service, taken) = kept.open();
    assert_eq!((taken, service.head().chronicle.len()), (FEW, FEW + 1));
    assert_eq!(digests(&service.head()), digests(&kept.rebuilt()));
    assert_eq!(refusal(&service, &icrc, corridor("north")).await, "subject-exists");
    service.stop();
}

#[tokio::test]
async fn a_damaged_snapshot_is_left_aside_and_made_anew() {
    let kept = few().await;
    let path = kept.snapshot();
    let sound = fs::read(&path).unwrap();
    // Some of the bytes, and all of those that lead to the others.
    let flipped = (0..sound.len()).filter(|at| at % 16 == 0 || at + 8 > sound.len()).map(|at| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let cut = (0..sound.len()).step_by(32).map(|length| sound[..length].to_vec());
    for bytes in flipped.chain(cut) {
        fs::write(&path, &bytes).unwrap();
        let (service, taken) = kept.open();
        assert_eq!(taken, 0, "{} of {} bytes", bytes.len(), sound.len());
        assert_eq!(service.head().chronicle.len(), FEW);
        service.stop();
        let (service, taken) = kept.open();
        assert_eq!(taken, FEW, "there is a sound one again");
        service.stop();
    }
}

#[tokio::test]
async fn a_snapshot_of_another_log_is_left_aside() {
    let (kept, other) = (few().await, few().await);
    fs::copy(other.snapshot(), kept.snapshot()).unwrap();
    assert_eq!(kept.open().1, 0, "the same events, recorded at another time");

    let kept = few().await;
    let shorter = Kept { drive: Drive::default(), shelf: InMemory::default(), ..kept };
    let (service, taken) = shorter.open();
    assert_eq!((taken, service.head().chronicle.len()), (0, 0));
}

#[tokio::test]
async fn a_snapshot_that_is_not_signed_by_the_log_s_key_is_left_aside() {
    let kept = few().await;
    let (service, taken) = Kept { shelf: InMemory::default(), key: [8; 32], ..kept }.open();
    assert_eq!((taken, service.head().chronicle.len()), (0, FEW));
}

#[tokio::test]
async fn of_the_snapshots_of_other_code_the_newest_stays() {
    let kept = few().await;
    let [older, newer] = ["snapshot-0123456789abcdef", "snapshot-00ff00ff00ff00ff"]
        .map(|name| kept.folder.path().join(name));
    fs::rename(kept.snapshot(), &older).unwrap();
    fs::copy(&older, &newer).unwrap();
    let torn = newer.with_added_extension("new");
    fs::write(&torn, "half a snapshot").unwrap();
    let long_ago = SystemTime::UNIX_EPOCH;
    fs::File::options().write(true).open(&older).unwrap().set_modified(long_ago).unwrap();
    let (service, taken) = kept.open();
    assert_eq!((taken, older.exists()), (0, true));
    service.stop();
    assert_eq!((older.exists(), newer.exists(), torn.exists()), (false, true, true));
    assert_eq!(kept.open().1, FEW);
}

#[tokio::test]
async fn a_snapshot_is_made_while_the_service_runs() {
    let kept = Kept::new();
    let (service, _) = kept.open();
    record(&service, &reporter("icrc"), corridor("north")).await;
    let due = Instant::now() + Duration::from_secs(60);
    while kept.snapshots().iter().all(|file| file.extension().is_some()) {
        assert!(Instant::now() < due, "no snapshot in a minute");
        tokio::time::sleep(Duration::from_millis(10)).await;
        record(&service, &reporter("icrc"), status("north", "2023-03-01T00:00:00Z", "open")).await;
    }
    service.stop();
}

#[tokio::test]
async fn where_no_snapshot_can_be_made_events_are_recorded_all_the_same() {
    let kept = Kept::new();
    fs::remove_dir(kept.folder.path()).unwrap();
    let (service, _) = kept.open();
    record(&service, &reporter("icrc"), corridor("north")).await;
    service.stop();
    assert_eq!(kept.open().0.head().chronicle.len(), 1);
}
