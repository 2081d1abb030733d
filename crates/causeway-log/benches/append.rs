//! Durable appends beside the least any log can do, a plain file and `fdatasync`; and scans.

mod support;

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::ops::ControlFlow;

use causeway_log::disk::{Disk, Options};
use causeway_log::{Log, Position};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use support::entry;

const SCANNED: usize = 200_000;

fn append(criterion: &mut Criterion) {
    for size in [1, 64, 1000] {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let mut log = Disk::open(folder.path(), Options::default()).expect("a new log");
        let mut file = File::create(folder.path().join("plain")).expect("a new file");
        let entries = entries(size);

        let mut group = criterion.benchmark_group(format!("append {size}"));
        group.sample_size(20).throughput(Throughput::Elements(size as u64));
        group.bench_function("log", |run| run.iter(|| log.append(&entries).expect("room")));
        group.bench_function("plain file", |run| {
            run.iter(|| {
                file.write_all(&entries.concat()).expect("room");
                file.sync_data().expect("a sound disk");
            });
        });
        group.finish();
    }
}

fn scan(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mut log = Disk::open(folder.path(), Options::default()).expect("a new log");
    for group in entries(SCANNED).chunks(1000) {
        log.append(group).expect("room");
    }
    let reader = log.reader();

    let mut group = criterion.benchmark_group("read");
    group.sample_size(20).throughput(Throughput::Elements(SCANNED as u64));
    let visit = &mut |_, entry: &[u8]| {
        black_box(entry);
        ControlFlow::Continue(())
    };
    group.bench_function("scan", |run| {
        run.iter(|| reader.scan(0..Position::MAX, visit).expect("a sound log"));
    });
    group.throughput(Throughput::Elements(1));
    let mut places = (0..SCANNED as Position).step_by(7919).cycle();
    group.bench_function("get", |run| run.iter(|| reader.get(places.next().unwrap_or(0))));
    group.finish();
}

/// Entries of about 600 bytes that compress as real ones do.
fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| entry(number as u64)).collect()
}

criterion_group!(benches, append, scan);
criterion_main!(benches);
