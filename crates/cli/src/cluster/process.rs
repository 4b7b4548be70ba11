//! One node as one operating-system process.
//!
//! The child ends when its standard input closes (`--until-stdin-closes`), so it cannot outlive whoever started it, however that one ends.
//! It runs in its own process group: Ctrl-C in the terminal reaches the parent, which then stops its children in order.

use super::usage;
use crate::failure::{Attempt as _, Failure, Outcome};
use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How often a condition is looked at.
pub const POLL_EVERY: Duration = Duration::from_millis(20);
/// Bytes of a log shown when a node ended by itself.
const LOG_TAIL_BYTES: u64 = 2_000;

/// A running node process. Dropping it ends the process at once.
#[derive(Debug)]
pub struct NodeProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Where its output goes.
    pub log: PathBuf,
    pid_file: PathBuf,
}

impl NodeProcess {
    /// Starts `program node run --config CONFIG`; its output is appended to `log` and its process id written beside it.
    pub fn start(program: &Path, config: &Path, log: &Path, wrapper: &[String]) -> Outcome<Self> {
        let out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .attempt(|| format!("open the log {}", log.display()))?;
        let err = out
            .try_clone()
            .attempt(|| format!("open the log {}", log.display()))?;
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        let mut child = command
            .args(["node", "run", "--until-stdin-closes", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .spawn()
            .attempt(|| format!("start a node with {}", program.display()))?;
        let stdin = child.stdin.take();
        let pid_file = log.with_extension("pid");
        fs::write(&pid_file, child.id().to_string())
            .attempt(|| format!("write {}", pid_file.display()))?;
        Ok(Self {
            child,
            stdin,
            log: log.to_owned(),
            pid_file,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, when it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Fails with the end of its log when it has ended.
    pub fn check_running(&mut self, name: &str) -> Outcome {
        match self.ended() {
            None => Ok(()),
            Some(status) => Err(Failure::environment(format!(
                "the node of {name} ended by itself ({status}); the end of {}:\n{}",
                self.log.display(),
                self.log_tail()
            ))),
        }
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        tail(&self.log).unwrap_or_default()
    }

    /// Ends it as a power cut would: SIGKILL, no chance to save anything.
    pub fn kill(mut self) -> Outcome {
        self.child
            .kill()
            .attempt(|| format!("kill process {}", self.pid()))?;
        self.child
            .wait()
            .attempt(|| format!("wait for process {}", self.pid()))?;
        Ok(())
    }

    /// Asks it to stop in order and waits at most `within`; then it is killed, which is reported.
    pub fn stop(mut self, within: Duration) -> Outcome<ExitStatus> {
        drop(self.stdin.take());
        self.awaited(within)
    }

    /// The same by SIGTERM, with its standard input still open.
    pub fn terminate(self, within: Duration) -> Outcome<ExitStatus> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)
            .attempt(|| format!("send SIGTERM to process {}", self.pid()))?;
        self.awaited(within)
    }

    fn awaited(mut self, within: Duration) -> Outcome<ExitStatus> {
        let asked = Instant::now();
        while asked.elapsed() < within {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            std::thread::sleep(POLL_EVERY);
        }
        let pid = self.pid();
        let tail = self.log_tail();
        self.kill()?;
        Err(Failure::environment(format!(
            "process {pid} did not stop within {} s and was killed; the end of its log:\n{tail}",
            within.as_secs()
        )))
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        drop(self.stdin.take());
        if self.ended().is_none() {
            let _gone = self.child.kill();
            let _reaped = self.child.wait();
        }
        let _absent = fs::remove_file(&self.pid_file);
    }
}

fn tail(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Ends a node that an earlier run left behind: the process named by `log`'s pid file, if it really is that node.
///
/// # Errors
/// It did not end within `within`, or the pid file cannot be removed.
pub fn end_stale(config: &Path, log: &Path, within: Duration) -> Outcome<bool> {
    let pid_file = log.with_extension("pid");
    let Ok(text) = fs::read_to_string(&pid_file) else {
        return Ok(false);
    };
    let Some(pid) = text
        .trim()
        .parse()
        .ok()
        .filter(|pid| usage::runs_with(*pid, &config.to_string_lossy()))
    else {
        return Ok(false);
    };
    if let Some(process) = i32::try_from(pid)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        rustix::process::kill_process(process, rustix::process::Signal::TERM)
            .attempt(|| format!("stop the earlier node, process {pid}"))?;
    }
    let asked = Instant::now();
    while usage::runs_with(pid, &config.to_string_lossy()) {
        if asked.elapsed() > within {
            return Err(Failure::environment(format!(
                "the earlier node, process {pid}, does not stop"
            ))
            .remedy(format!("end it with `kill -9 {pid}` and try again")));
        }
        std::thread::sleep(POLL_EVERY);
    }
    Ok(true)
}
