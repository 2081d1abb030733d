//! Processes that we start: what they cost, and their end.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::Context;

/// A clock tick, in which the system counts processor time (`man 5 proc`, USER_HZ).
const TICK: Duration = Duration::from_millis(10);
/// Of `/proc/<id>/stat`, counted behind the name: time as a user and in the system.
const USER_TIME: usize = 11;

/// A process of ours. It ends, at the latest, when this is dropped.
pub struct Process {
    child: Child,
}

/// How much memory a process has, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// Now (`VmRSS`).
    pub resident: u64,
    /// At most, so far (`VmHWM`).
    pub peak: u64,
}

impl Process {
    /// Starts a command.
    pub fn start(command: &mut Command) -> anyhow::Result<Process> {
        let child = command.spawn();
        let child = child.with_context(|| format!("cannot start {:?}", command.get_program()))?;
        Ok(Process { child })
    }

    /// What was started.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends it at once, as a power cut would (SIGKILL).
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end, with a signal such as `TERM`, and waits.
    pub fn stop(&mut self, signal: &str) -> anyhow::Result<()> {
        let signal = format!("-{signal}");
        Command::new("kill").args([signal, self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }

    /// How much memory it has.
    pub fn memory(&self) -> anyhow::Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        };
        let of = |name: &str| kibibytes(name).map_or(0, |kibibytes| kibibytes << 10);
        Ok(Memory { resident: of("VmRSS:"), peak: of("VmHWM:") })
    }

    /// How long it has had a processor, all threads together.
    pub fn processor_time(&self) -> Duration {
        processor_time(&self.child.id().to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is what we want.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How long this process has had a processor.
pub fn our_processor_time() -> Duration {
    processor_time("self")
}

fn processor_time(process: &str) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name stands in brackets, and may hold anything.
    let behind_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = behind_name.split(' ').skip(USER_TIME).take(2);
    let ticks: u32 = ticks.filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// How many bytes of disk a folder takes, all that is in it included.
pub fn disk(folder: &Path) -> anyhow::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    const BLOCK: u64 = 512;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { disk(&entry.path())? } else { about.blocks() * BLOCK };
    }
    Ok(bytes)
}

/// What a command prints, once it has ended well.
pub fn output_of(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output();
    let output = output.with_context(|| format!("cannot start {:?}", command.get_program()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{command:?}: {}: {said}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
