//! A running Causeway and the people who use it. HTTP lives here; the stories speak of the field.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Response;
use ureq::{Agent, Body};

/// The executable under test.
pub fn causeway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_causeway"));
    command.env("CAUSEWAY_LOG", "warn").stdin(Stdio::null());
    command
}

/// What a command printed, once it has ended well.
pub fn output_of(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// A service, alive until it is dropped.
pub struct World {
    process: Child,
    // Kept open: a service whose output nobody takes would be stopped by it.
    _output: BufReader<ChildStdout>,
    url: String,
    admin: String,
    agent: Agent,
    folder: Folder,
}

/// The data folder of a service.
enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: ureq::http::HeaderMap,
    body: String,
}

impl Answer {
    fn read(response: Response<Body>) -> Answer {
        Answer::try_read(response).unwrap()
    }

    fn try_read(mut response: Response<Body>) -> Result<Answer, ureq::Error> {
        let limit = 64 << 20;
        let body = response.body_mut().with_config().limit(limit).read_to_vec()?;
        let body = String::from_utf8_lossy(&body).into_owned(); // tiles are no text
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    /// A header of the answer.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as it came.
    pub fn text(&self) -> &str {
        &self.body
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// What a read model answers.
    pub fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()["data"].clone()
    }

    /// The code of a problem, checked to be one.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}", self.body);
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{}", self.body);
        problem["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned()
    }

    /// The places a problem points to.
    pub fn pointers(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|one| one["pointer"].as_str().map(str::to_owned)).collect()
    }
}

impl World {
    /// A fresh service that holds nothing.
    pub fn start() -> World {
        let folder = TempDir::new().unwrap();
        World::serve(Folder::Own(folder), &[])
    }

    /// A service over `folder`, with more options.
    pub fn over(folder: &Path, options: &[&str]) -> World {
        World::serve(Folder::Given(folder.to_owned()), options)
    }

    fn serve(folder: Folder, options: &[&str]) -> World {
        let mut command = causeway();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .args(options);
        World::launch(command, folder)
    }

    /// The demonstration, with the Lachin record.
    pub fn demo() -> World {
        let folder = Folder::Own(TempDir::new().unwrap());
        let mut command = causeway();
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        World::launch(command, folder)
    }

    /// The service that a command starts, over a folder that outlives it.
    pub fn from_command(command: Command) -> World {
        World::launch(command, Folder::Given(PathBuf::new()))
    }

    fn launch(mut command: Command, folder: Folder) -> World {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (mut url, mut admin, mut line) = (None, String::new(), String::new());
        while url.is_none() {
            line.clear();
            let ended = output.read_line(&mut line).unwrap() == 0;
            assert!(!ended, "the service ended before it listened: {:?}", process.wait());
            url = line.split_whitespace().find_map(listening).map(str::to_owned);
            if let Some(token) = line.split_whitespace().find(|word| word.starts_with("cw_")) {
                admin = token.to_owned();
            }
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        World { process, _output: output, url: url.unwrap(), admin, agent, folder }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The admin key that the first start printed.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// A key for somebody of `organisation`.
    pub fn key(&self, organisation: &str, role: &str) -> String {
        self.key_with(json!({ "organisation": organisation, "role": role }))
    }

    /// A key made as described.
    pub fn key_with(&self, description: Value) -> String {
        let made =
            self.post_as(&self.admin, "/v1/keys", "application/json", &description.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["token"].as_str().unwrap().to_owned()
    }

    /// Reads without a key.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// Reads with a key.
    pub fn get_as(&self, key: &str, path: &str) -> Answer {
        self.get_with(path, &[("Authorization", &format!("Bearer {key}"))])
    }

    /// Reads what may get no answer.
    pub fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        Answer::try_read(self.agent.get(format!("{}{path}", self.url)).call()?)
    }

    /// Reads with these headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.url));
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::read(request.call().unwrap())
    }

    /// Follows the log along a path, from behind the event that was seen last.
    pub fn follow(&self, key: &str, path: &str, last_seen: Option<u64>) -> impl BufRead + use<> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let request = request.header("Authorization", format!("Bearer {key}"));
        let request = match last_seen {
            Some(position) => request.header("Last-Event-ID", position.to_string()),
            None => request,
        };
        let response = request.config().timeout_global(None).build().call().unwrap();
        assert_eq!(response.status(), 200);
        BufReader::new(response.into_body().into_reader())
    }

    /// How the answer's body is encoded on the wire, which the client of the other stories hides.
    pub fn encoding_of(&self, path: &str, accepted: &str) -> String {
        use std::io::Write;
        let address = self.url.trim_start_matches("http://");
        let mut socket = std::net::TcpStream::connect(address).unwrap();
        let key = &self.admin;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Accept-Encoding: {accepted}\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).unwrap();
        let mut headers = BufReader::new(socket).lines().map(|line| line.unwrap().to_lowercase());
        let encoding =
            headers.find_map(|line| line.strip_prefix("content-encoding: ").map(str::to_owned));
        encoding.unwrap_or_default()
    }

    /// Sends any method without a body.
    pub fn call(&self, method: &str, key: &str, path: &str) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", format!("Bearer {key}"));
        Answer::read(self.agent.run(request.body(()).unwrap()).unwrap())
    }

    /// Sends a body of a type with a key.
    pub fn post_as(&self, key: &str, path: &str, content_type: &str, body: &str) -> Answer {
        self.try_post(key, path, content_type, body).unwrap()
    }

    /// Sends a body that may get no answer.
    pub fn try_post(
        &self,
        key: &str,
        path: &str,
        content_type: &str,
        body: &str,
    ) -> Result<Answer, ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.url)).content_type(content_type);
        let request = request.header("Authorization", format!("Bearer {key}"));
        Ok(Answer::read(request.send(body)?))
    }

    /// Sends one event.
    pub fn send(&self, key: &str, event: &Value) -> Answer {
        self.post_as(key, "/v1/events", "application/json", &event.to_string())
    }

    /// Records one event and gives its receipt.
    pub fn record(&self, key: &str, event: &Value) -> Value {
        let answer = self.send(key, event);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Stops the service as an operator does, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        signal(self.process(), "TERM");
        self.process.wait().unwrap().code()
    }

    /// Waits until the service has ended, and gives its exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.process.wait().unwrap().code()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // One that has ended already is what we want.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Folder::Own(folder) => folder.path(),
            Folder::Given(path) => path,
        }
    }
}

/// The address in `listening on http://127.0.0.1:41234`.
fn listening(word: &str) -> Option<&str> {
    word.starts_with("http://127.0.0.1:").then(|| word.trim_end_matches(['/', '.', ',']))
}

/// Sends a signal to a process of ours.
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(status.unwrap().success());
}

/// Ends what a command is told on its standard input, and gives what it printed.
pub fn piped(mut command: Command, input: &str) -> Output {
    use std::io::Write;
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = process.wait_with_output().unwrap();
    // A command that has read enough may close its input early.
    drop(writer.join().unwrap());
    output
}

/// Everything a file holds.
pub fn contents(path: &Path) -> String {
    let mut text = String::new();
    std::fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// An event as a client writes it.
pub fn event(type_name: &str, subject: &str, time: &str, data: Value) -> Value {
    json!({ "specversion": "1.0", "type": type_name, "subject": subject, "time": time, "data": data })
}

/// A corridor enters the register.
pub fn corridor(id: &str) -> Value {
    let data = json!({ "names": { "en": id } });
    event("corridor.registered.v1", &format!("corridor/{id}"), "2026-01-01T00:00:00Z", data)
}

/// Whether a corridor is open.
pub fn status(id: &str, time: &str, status: &str) -> Value {
    let subject = format!("corridor/{id}");
    event("corridor.status_reported.v1", &subject, time, json!({ "status": status }))
}

/// The event with one more attribute.
pub fn with(mut event: Value, attribute: &str, value: impl Into<Value>) -> Value {
    event[attribute] = value.into();
    event
}
