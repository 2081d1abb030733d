//! Where figures were measured, and with which versions.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::output_of;

/// A list of what a reader must know to compare.
pub fn described(causeway: &Path) -> String {
    let first_line = |command: &mut Command| {
        let said = output_of(command).unwrap_or_default();
        said.lines().next().unwrap_or("unknown").trim().to_owned()
    };
    let processors = std::thread::available_parallelism().map_or(0, |number| number.get());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let date = first_line(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]));
    let version = first_line(Command::new(causeway).arg("--version"));
    let commit = first_line(Command::new("git").args(["describe", "--always", "--dirty"]));
    let rustc = first_line(Command::new("rustc").arg("--version"));
    format!(
        "- {date}\n- {processors} processors ({}), {} of memory, Linux {}\n\
         - {version} at commit {commit}, {rustc}\n\
         - How busy the machine was when this began (load average): {}\n",
        about("/proc/cpuinfo", "model name"),
        about("/proc/meminfo", "MemTotal"),
        kernel.trim(),
        fs::read_to_string("/proc/loadavg").unwrap_or_default().trim(),
    )
}

/// What a file of the system says under a name.
fn about(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
}
