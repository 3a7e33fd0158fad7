//! Sits between a store and its Redis, and loses answers on demand, after Redis has carried out the command.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Redis's answer once it has done everything that was asked before.
const MARK: &[u8] = b"everything before is done";

pub(super) struct Relay {
    port: u16,
    plan: Arc<Mutex<Plan>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Plan {
    /// The answer to the next command that contains this is lost, and its connection with it.
    loses: Option<String>,
    /// No connection gets through after that.
    closes_then: bool,
    is_closed: bool,
}

impl Relay {
    pub(super) async fn before(redis: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan: Arc<Mutex<Plan>> = Arc::default();
        let shared = Arc::clone(&plan);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if !shared.lock().unwrap().is_closed {
                    tokio::spawn(carry(client, redis, Arc::clone(&shared)));
                }
            }
        });
        Self { port, plan, task }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Loses the answer to the next run of a script.
    pub(super) fn loses(&self, script: &redis::Script) {
        self.plan.lock().unwrap().loses = Some(script.get_hash().to_owned());
    }

    /// Like [`loses`](Self::loses), and then no connection gets through any more.
    pub(super) fn loses_and_closes(&self, script: &redis::Script) {
        self.loses(script);
        self.plan.lock().unwrap().closes_then = true;
    }

    /// Whether the answer was lost; otherwise a test has tested nothing.
    pub(super) fn has_lost(&self) -> bool {
        self.plan.lock().unwrap().loses.is_none()
    }

    pub(super) fn opens(&self) {
        let mut plan = self.plan.lock().unwrap();
        (plan.closes_then, plan.is_closed) = (false, false);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Plan {
    fn loses(&mut self, command: &[u8]) -> bool {
        let is_it = self
            .loses
            .as_ref()
            .is_some_and(|text| contains(command, text.as_bytes()));
        if is_it {
            self.loses = None;
            self.is_closed = self.closes_then;
        }
        is_it
    }
}

async fn carry(mut client: TcpStream, redis: u16, plan: Arc<Mutex<Plan>>) {
    let mut redis = TcpStream::connect(("127.0.0.1", redis)).await.unwrap();
    let (mut asked, mut piece, mut answer) = (Vec::new(), [0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            read = client.read(&mut piece) => {
                let Ok(1..) = read else { return };
                asked.extend_from_slice(&piece[..read.unwrap()]);
                while let Some(length) = command(&asked) {
                    let command: Vec<u8> = asked.drain(..length).collect();
                    let is_lost = plan.lock().unwrap().loses(&command);
                    redis.write_all(&command).await.unwrap();
                    if is_lost {
                        return until_done(redis).await;
                    }
                }
            }
            read = redis.read(&mut answer) => {
                let Ok(1..) = read else { return };
                if client.write_all(&answer[..read.unwrap()]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Redis answers in order: the mark means that the command before it is done. Then the client's connection ends.
async fn until_done(mut redis: TcpStream) {
    let mut ping = format!("*2\r\n$4\r\nPING\r\n${}\r\n", MARK.len()).into_bytes();
    ping.extend_from_slice(MARK);
    ping.extend_from_slice(b"\r\n");
    redis.write_all(&ping).await.unwrap();
    let mut answers = Vec::new();
    while !contains(&answers, MARK) {
        assert_ne!(redis.read_buf(&mut answers).await.unwrap(), 0);
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The length of the first command, if it is complete: an array of strings, each preceded by its length.
fn command(text: &[u8]) -> Option<usize> {
    let (parts, mut at) = number(text, 0, b'*')?;
    for _ in 0..parts {
        let (length, begin) = number(text, at, b'$')?;
        at = begin + length + 2;
    }
    (at <= text.len()).then_some(at)
}

fn number(text: &[u8], at: usize, kind: u8) -> Option<(usize, usize)> {
    let line = text.get(at..)?;
    let end = line.iter().position(|byte| *byte == b'\n')?;
    assert_eq!(line[0], kind);
    let digits = std::str::from_utf8(&line[1..end - 1]).unwrap();
    Some((digits.parse().unwrap(), at + end + 1))
}
