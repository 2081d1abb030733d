//! A test that plays its second part in a process of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOLDER: &str = "CAUSEWAY_LOG_TEST_FOLDER";

/// The folder to work on, in the second process.
pub fn folder() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// This test binary, about to run one test only, on `folder`.
pub fn command(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(this_binary());
    command.args(["--exact", test, "--nocapture"]).env(FOLDER, folder);
    command
}

/// The same, with no file allowed to grow over `kib`: a disk that refuses to write.
pub fn command_with_small_files(test: &str, folder: &Path, kib: u32) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", 2 * kib);
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(this_binary());
    command.args(["--exact", test, "--nocapture"]).env(FOLDER, folder);
    command
}

pub fn assert_passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("1 passed"), "it ran no test: {said}");
}

fn this_binary() -> PathBuf {
    env::current_exe().expect("a running test has a file")
}
