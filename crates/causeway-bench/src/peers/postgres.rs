//! PostgreSQL as Debian has it, with every setting as it comes that decides whether a commit is on
//! disk: `fsync` and `synchronous_commit` are on.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::{Producer, Recorder};
use crate::load::on_this_thread;
use crate::process::{Process, output_of};
use crate::year::Event;

/// Where Debian has the programs of PostgreSQL.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// Who runs it where we are root, which PostgreSQL refuses.
const USER: &str = "postgres";
const READY_WITHIN: Duration = Duration::from_secs(30);
/// What anybody needs who wants repeats to be safe: a position, and an id that is there once.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    event json NOT NULL)";
const INSERT_ONE: &str =
    "INSERT INTO events (id, event) VALUES (($1::text)::uuid, ($2::text)::json)";
const INSERT_MANY: &str = "INSERT INTO events (id, event)
    SELECT id::uuid, event::json FROM unnest($1::text[], $2::text[]) AS sent (id, event)";

/// A server with nothing in it, reached through a socket. It ends when this is dropped.
pub struct Server {
    process: Process,
    socket: PathBuf,
    /// Its version.
    pub version: String,
}

impl Server {
    /// Starts a server in a folder.
    pub fn start(folder: &Path) -> anyhow::Result<Server> {
        let said = output_of(Command::new(program("postgres")).arg("--version"))?;
        let version = said.split_whitespace().nth(2).unwrap_or_default().to_owned();
        fs::create_dir(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        let user = whoever_may(folder)?;
        let data = folder.join("data");
        let mut initdb = as_user("initdb", user);
        initdb.args(["--username", USER, "--auth", "trust", "--pgdata"]).arg(&data);
        output_of(initdb.current_dir(folder))?;
        let mut postgres = as_user("postgres", user);
        postgres.arg("-D").arg(&data).args([
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=200",
        ]);
        postgres.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        postgres.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(&mut postgres)?;
        let server = Server { process, socket: folder.to_owned(), version };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Where its socket is.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// A connection.
    pub async fn connect(&self, database: &str) -> anyhow::Result<Client> {
        let mut config = Config::new();
        config.host_path(&self.socket).user(USER).dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    fn wait_until_ready(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        on_this_thread(async {
            while let Err(error) = self.connect(USER).await {
                ensure!(started.elapsed() < READY_WITHIN, "PostgreSQL does not start: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown; what follows ends it in any case.
        drop(self.process.stop("INT"));
    }
}

fn program(name: &str) -> PathBuf {
    Path::new(PROGRAMS).join(name)
}

/// The user and group to run as, where it cannot be us; the folder is theirs then.
fn whoever_may(folder: &Path) -> anyhow::Result<Option<(u32, u32)>> {
    let number = |of: &[&str]| -> anyhow::Result<u32> {
        output_of(Command::new("id").args(of))?.trim().parse().context("a number")
    };
    if number(&["-u"])? != 0 {
        return Ok(None);
    }
    let (user, group) = (number(&["-u", USER])?, number(&["-g", USER])?);
    chown(folder, Some(user), Some(group))?;
    Ok(Some((user, group)))
}

fn as_user(name: &str, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program(name));
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// Plain `INSERT`, one statement for each group.
pub struct Plain {
    server: Rc<Server>,
}

/// One who inserts.
pub struct Inserter {
    client: Client,
    one: Statement,
    many: Statement,
}

impl Plain {
    /// A table in the server.
    pub fn new(server: Rc<Server>) -> anyhow::Result<Plain> {
        on_this_thread(async { Ok(server.connect(USER).await?.batch_execute(TABLE).await?) })?;
        Ok(Plain { server })
    }
}

impl Recorder for Plain {
    type Producer = Inserter;

    fn name(&self) -> String {
        format!("PostgreSQL {}, `INSERT`", self.server.version)
    }

    async fn producer(&self) -> anyhow::Result<Inserter> {
        let client = self.server.connect(USER).await?;
        let (one, many) = (client.prepare(INSERT_ONE).await?, client.prepare(INSERT_MANY).await?);
        Ok(Inserter { client, one, many })
    }
}

impl Producer for Inserter {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        let inserted = match events {
            [Event { id, text, .. }] => self.client.execute(&self.one, &[id, text]).await?,
            _ => {
                let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
                let texts: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
                self.client.execute(&self.many, &[&ids, &texts]).await?
            }
        };
        ensure!(inserted == events.len() as u64, "PostgreSQL inserted {inserted}");
        Ok(())
    }
}
