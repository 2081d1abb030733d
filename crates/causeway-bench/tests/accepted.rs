//! Every event of a generated year is accepted by the real executable: as history into a folder, and
//! over HTTP by a reporter and an assessor.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const EVENTS: &str = "4000";

/// The executable: that of the environment, else the newest build beside us.
fn causeway() -> Command {
    let built = |profile: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Some(root.join("target").join(profile).join("causeway")).filter(|path| path.exists())
    };
    let given = std::env::var_os("CAUSEWAY").map(PathBuf::from);
    let executable = given.or_else(|| built("debug")).or_else(|| built("release"));
    let mut command = Command::new(executable.expect("build causeway, or name it in CAUSEWAY"));
    command.env("CAUSEWAY_LOG", "error");
    command
}

fn generate(more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_causeway-bench"));
    command.args(["generate", "--events", EVENTS]).args(more).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// What became of a year that is piped into an import.
fn imported(year: &mut Child, import: &mut Command) -> String {
    let Output { stdout, stderr, .. } =
        import.arg("-").stdin(year.stdout.take().unwrap()).output().unwrap();
    assert!(year.wait().unwrap().success());
    format!("{}{}", String::from_utf8_lossy(&stdout).trim_end(), String::from_utf8_lossy(&stderr))
}

fn key(folder: &Path, role: &str) -> String {
    let mut command = causeway();
    command.args(["keys", "create", "--org", "relief-network", "--role", role, "--data"]);
    let output = command.arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_year_as_history_is_accepted_whole() {
    let folder = TempDir::new().unwrap();
    let mut import = causeway();
    import.args(["import", "--org", "relief-network", "--data"]).arg(folder.path());
    let tally = imported(&mut generate(&["--history"]), &mut import);
    assert_eq!(tally, format!("recorded {EVENTS}, duplicate 0, rejected 0"));
}

#[test]
fn two_years_are_accepted_by_one_service_from_a_reporter_and_an_assessor() {
    let folder = TempDir::new().unwrap();
    let [reporter, assessor] = ["reporter", "assessor"].map(|role| key(folder.path(), role));
    let mut serve = causeway();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
    let mut service = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().rsplit(' ').next().unwrap().to_owned();
    let tallies = [["--name", "a", "--seed", "1"], ["--name", "b", "--seed", "2"]].map(|year| {
        let mut import = causeway();
        import.args(["import", "--url", &url, "--key", &reporter, "--assessor-key", &assessor]);
        imported(&mut generate(&year), &mut import)
    });
    service.kill().unwrap();
    service.wait().unwrap();
    let whole = format!("recorded {EVENTS}, duplicate 0, rejected 0");
    assert_eq!(tallies, [whole.clone(), whole]);
}
