//! Programs that are started through this one, as a user meets them: they start as they would directly,
//! and end with the program that started them.
//!
//! This program plays all roles. With a hidden subcommand it becomes or supervises a program; with
//! [`ACT`] it is a command that starts programs; otherwise it runs the tests, each with such a command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test"
)]

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Trial};
use local_process::{Launch, end_everything_below, end_processes_in, serve_subcommand};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::runtime::Runtime;

/// The first argument of a command that starts programs; the second selects how.
const ACT: &str = "__act";

/// Long enough for everything here on a busy machine; no test waits for it to pass.
const LONG: Duration = Duration::from_secs(60);

/// The limit of open files that the act `function` sets.
const FILES: u64 = 100;

/// Starts a child and, in a session of its own, a grandchild; prints all three ids and waits.
const FAMILY: &str = "sh -c 'setsid sh -c \"echo grandchild \\$\\$; exec sleep 600\" & echo child $$; wait' & \
                      echo program $$; wait";

fn main() -> ExitCode {
    if let Some(code) = serve_subcommand() {
        return code;
    }
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == ACT) {
        let act = arguments.next().unwrap().into_string().unwrap();
        return act_as(&act, arguments.collect());
    }
    if !Path::new("/proc/self/stat").exists() {
        println!("skipped: these tests read processes in /proc, which this system does not have");
        return ExitCode::SUCCESS;
    }
    let trials = vec![
        trial("a_program_starts_as_it_would_by_itself", starts_as_it_would),
        trial(
            "a_program_treats_signals_as_it_would_by_itself",
            signals_are_treated_alike,
        ),
        trial(
            "the_reason_why_a_program_does_not_start_is_returned",
            why_not_comes_back,
        ),
        trial(
            "a_program_dies_with_a_command_that_is_killed",
            dies_with_the_command,
        ),
        trial("nothing_starts_for_a_command_that_has_ended", gone_already),
        trial(
            "a_program_survives_the_thread_that_started_it",
            survives_the_thread,
        ),
        trial(
            "all_descendants_of_a_supervised_program_die_with_the_command",
            all_below_dies,
        ),
        trial(
            "all_programs_die_with_a_command_that_crashes",
            all_die_in_a_crash,
        ),
        trial(
            "descendants_of_a_supervised_program_end_with_it",
            what_it_leaves_ends,
        ),
        trial(
            "a_supervised_program_has_its_id_group_and_limit",
            is_as_it_was_meant,
        ),
        trial("a_supervised_program_is_asked_to_stop", is_asked_to_stop),
        trial(
            "a_supervised_program_ends_when_its_handle_is_dropped",
            ends_when_dropped,
        ),
        trial(
            "a_supervised_program_under_nohup_outlives_its_terminal",
            outlives_its_terminal,
        ),
        trial("a_supervisor_exits_as_its_program_does", ends_as_it_ends),
        trial("orphans_are_ended_and_waited_for", orphans_end),
        trial(
            "processes_in_a_directory_are_ended",
            processes_in_a_directory,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

// The command.

/// Performs an act, in a command that starts programs through itself.
fn act_as(act: &str, arguments: Vec<OsString>) -> ExitCode {
    local_process::start_through_itself().unwrap();
    let runtime = Runtime::new().unwrap();
    let mut command = tokio::process::Command::new(&arguments[0]);
    command.args(&arguments[1..]);
    match act {
        "run" => runtime.block_on(run(command)),
        "hold" => runtime.block_on(async {
            let child = Launch::like(&command).unwrap().spawn().await.unwrap();
            println!("program {}", child.id().unwrap());
            forever()
        }),
        "worker" => {
            let worker = std::thread::spawn(move || {
                let runtime = Runtime::new().unwrap();
                let child =
                    runtime.block_on(runtime.spawn(async move {
                        Launch::like(&command).unwrap().spawn().await.unwrap()
                    }));
                child.unwrap().id().unwrap()
            });
            // The thread and all workers of its runtime have ended by now.
            println!("program {}", worker.join().unwrap());
            forever()
        }
        "supervise" => runtime.block_on(async {
            let launch = Launch::supervising(&command).unwrap();
            let status = launch.spawn_supervised().await.unwrap().wait().await;
            println!("ended {}", status.unwrap());
            forever()
        }),
        "function" => runtime.block_on(async {
            let (program, arguments) = arguments.split_first().unwrap();
            let mut launch = Launch::supervising_program(program, Some(FILES)).unwrap();
            launch.command().args(arguments).process_group(0);
            let program = launch.spawn_supervised().await.unwrap();
            println!("known {}", program.program_id().unwrap());
            println!("supervisor {}", program.supervisor_id().unwrap());
            forever()
        }),
        "ask" => runtime.block_on(async {
            let launch = Launch::supervising(&command).unwrap();
            let mut program = launch.spawn_supervised().await.unwrap();
            wait_for_a_line();
            program.ask_to_stop();
            println!("ended {}", program.wait().await.unwrap());
            ExitCode::SUCCESS
        }),
        "drop" => runtime.block_on(async {
            let launch = Launch::supervising(&command).unwrap();
            let program = launch.spawn_supervised().await.unwrap();
            wait_for_a_line();
            drop(program);
            forever()
        }),
        "end" => runtime.block_on(async {
            let child = Launch::like(&command).unwrap().spawn().await.unwrap();
            println!("started {}", child.id().unwrap());
            wait_for_a_line();
            end_everything_below();
            println!("ended all");
            forever()
        }),
        other => panic!("unknown act {other}"),
    }
}

async fn run(mut command: tokio::process::Command) -> ExitCode {
    command
        .current_dir("/")
        .env("ADDED", "yes")
        .env_remove("REMOVED");
    let mut launch = Launch::like(&command).unwrap();
    launch.command().arg("added");
    match launch.spawn().await {
        Ok(mut child) => {
            println!("{}", child.wait().await.unwrap());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("error {:?}", error.raw_os_error());
            ExitCode::FAILURE
        }
    }
}

fn wait_for_a_line() {
    io::stdin().read_line(&mut String::new()).unwrap();
}

fn forever() -> ! {
    loop {
        std::thread::park();
    }
}

// The process that starts the command.

/// A running command, killed when a test fails.
struct Acting {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Acting {
    fn begin(act: &str, program: &[&str]) -> Self {
        Self::begin_as(itself(act), program)
    }

    fn begin_as(mut command: Command, program: &[&str]) -> Self {
        let mut child = command
            .args(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// Returns the number after a word.
    fn hear(&mut self, word: &str) -> i32 {
        self.line(word).parse().unwrap()
    }

    /// Returns the text after a word.
    fn line(&mut self, word: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.said.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "the command ended before it printed {word}");
            if let Some(rest) = line.strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Returns the ids of a [`FAMILY`].
    fn family(&mut self) -> [i32; 3] {
        let mut ids = [0; 3];
        for _ in 0..3 {
            let mut line = String::new();
            self.said.read_line(&mut line).unwrap();
            let (who, id) = line.trim().split_once(' ').unwrap();
            let place = ["program", "child", "grandchild"];
            let place = place.iter().position(|name| *name == who).unwrap();
            ids[place] = id.parse().unwrap();
        }
        ids
    }

    fn go_on(&mut self) {
        use std::io::Write;
        writeln!(self.child.stdin.as_mut().unwrap(), "on").unwrap();
    }

    fn kill(&mut self) {
        self.end_by(Signal::KILL);
    }

    fn end_by(&mut self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let ended = self.child.wait().unwrap();
        assert_eq!(ended.signal(), Some(signal.as_raw()), "{ended}");
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn itself(act: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([ACT, act]);
    command
}

fn lives(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Waits for a condition.
fn until(what: &str, so: impl Fn() -> bool) {
    let last = Instant::now() + LONG;
    while !so() {
        assert!(Instant::now() < last, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn ends(ids: &[i32]) {
    for id in ids {
        until(&format!("process {id} does not end"), || !lives(*id));
    }
}

// The tests.

fn starts_as_it_would() {
    let script = "printf '<%s>' \"$0\" \"$@\" \"$ADDED\" \"$REMOVED\" \"$KEPT\"; pwd; cat; \
                  echo out; echo err >&2; exit 7";
    let raw = OsString::from_vec(vec![b'a', 0xff]);
    let output = itself("run")
        .args(["sh", "-c", script, "name", "two words"])
        .arg(&raw)
        .env("REMOVED", "no")
        .env("KEPT", "kept")
        .stdin(Stdio::piped())
        .output()
        .unwrap();
    let mut expected = b"<name><two words><a\xff><added><yes><><kept>/\n".to_vec();
    expected.extend(b"out\nexit status: 7\n");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&expected)
    );
    assert_eq!(output.stdout, expected);
    assert_eq!(output.stderr, b"err\n");
}

/// Rust's programs ignore SIGPIPE. Programs that they start must not, or a shell's pipelines would never
/// end.
fn signals_are_treated_alike() {
    let masks = |output: Output| {
        let said = String::from_utf8(output.stdout).unwrap();
        // The command gets a file that does not exist as an argument, so each line starts with a file
        // name.
        let masks = said
            .lines()
            .filter_map(|line| Some(line.split_once("Sig")?.1.to_owned()));
        masks.collect::<Vec<_>>()
    };
    let arguments = ["^Sig[BI]", "/proc/self/status"];
    let by_itself = masks(Command::new("grep").args(arguments).output().unwrap());
    assert_eq!(by_itself.len(), 2, "{by_itself:?}");
    for program in ["grep", "/bin/grep"] {
        let output = itself("run").arg(program).args(arguments).output().unwrap();
        assert_eq!(masks(output), by_itself, "{program}");
    }
}

/// The numbers are Linux's, see `errno(3)`.
fn why_not_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str, mode: u32| -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    for (program, number) in [
        (directory.path().join("absent"), 2),
        (put("script", "#!/no/such/interpreter\n", 0o755), 2),
        (put("plain", "text", 0o755), 8),
        (put("alien", "\x7fELF", 0o755), 8),
        (put("empty", "", 0o755), 8),
        (put("locked", "#!/bin/sh\n", 0o644), 13),
        (directory.path().to_path_buf(), 13),
    ] {
        let output = itself("run").arg(&program).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, format!("error Some({number})\n"), "{program:?}");
    }
    // A program that is looked up in `PATH`.
    let output = itself("run").arg("no-such-program-anywhere").output();
    assert_eq!(output.unwrap().stdout, b"error Some(2)\n");
}

fn dies_with_the_command() {
    let mut command = Acting::begin("hold", &["sleep", "600"]);
    let id = command.hear("program");
    assert!(lives(id));
    command.kill();
    ends(&[id]);
}

fn gone_already() {
    let (mut report, reported) = io::pipe().unwrap();
    let mark = tempfile::tempdir().unwrap();
    let made = mark.path().join("made");
    for subcommand in ["__become", "__supervise"] {
        // The id of a process that is not the parent.
        let status = Command::new(std::env::current_exe().unwrap())
            .args([subcommand, "1", "-", "touch"])
            .arg(&made)
            .stdin(reported.try_clone().unwrap())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(127), "{subcommand}");
    }
    drop(reported);
    let mut said = String::new();
    report.read_to_string(&mut said).unwrap();
    assert_eq!(said, "33", "twice ESRCH");
    assert!(!made.exists());
}

fn survives_the_thread() {
    let mut command = Acting::begin("worker", &["sleep", "600"]);
    let id = command.hear("program");
    assert!(
        lives(id),
        "the program died with the thread that started it"
    );
    command.kill();
    ends(&[id]);
}

fn all_below_dies() {
    let mut command = Acting::begin("supervise", &["sh", "-c", FAMILY]);
    let family = command.family();
    assert!(family.into_iter().all(lives));
    command.kill();
    ends(&family);
}

/// `abort` raises SIGABRT, and code that a processor does not know raises SIGILL. No handler runs, as by
/// `kill -9`.
fn all_die_in_a_crash() {
    for signal in [Signal::ABORT, Signal::ILL] {
        let mut command = Acting::begin("supervise", &["sh", "-c", FAMILY]);
        let family = command.family();
        assert!(family.into_iter().all(lives));
        command.end_by(signal);
        ends(&family);

        let mut command = Acting::begin("hold", &["sleep", "600"]);
        let program = command.hear("program");
        command.end_by(signal);
        ends(&[program]);
    }
}

fn what_it_leaves_ends() {
    // The program ends by itself once its child runs in a session of its own.
    let script = "setsid sh -c 'echo left $$; touch \"$0\"; exec sleep 600' \"$0\" & \
                  until [ -e \"$0\" ]; do sleep 0.01; done; exit 4";
    let directory = tempfile::tempdir().unwrap();
    let mark = directory.path().join("runs");
    let mark = mark.to_str().unwrap();
    let mut command = Acting::begin("supervise", &["sh", "-c", script, mark]);
    let left = command.hear("left");
    assert_eq!(command.line("ended"), "exit status: 4");
    assert!(!lives(left));
}

/// The group is the fifth field of `/proc/<id>/stat`: the name of a shell contains no spaces.
fn is_as_it_was_meant() {
    let script = "read _ _ _ parent group _ < /proc/$$/stat; \
                  echo as $$ $parent $group $(ulimit -Sn); exec sleep 600";
    let mut command = Acting::begin("function", &["sh", "-c", script]);
    // The program and the command print at the same time.
    let (mut said, mut known, mut supervisor) = (None, None, None);
    while said.is_none() || known.is_none() || supervisor.is_none() {
        let line = command.line("");
        match line.split_once(' ').unwrap() {
            ("as", rest) => said = Some(rest.to_owned()),
            ("known", id) => known = Some(id.to_owned()),
            ("supervisor", id) => supervisor = Some(id.to_owned()),
            _ => panic!("{line}"),
        }
    }
    let (known, supervisor) = (known.unwrap(), supervisor.unwrap());
    assert_eq!(
        said.unwrap(),
        format!("{known} {supervisor} {known} {FILES}")
    );
    command.kill();
    ends(&[known.parse().unwrap(), supervisor.parse().unwrap()]);
}

fn is_asked_to_stop() {
    let script = "trap 'exit 9' INT; echo ready; while :; do sleep 0.01; done";
    let mut command = Acting::begin("ask", &["sh", "-c", script]);
    command.line("ready");
    command.go_on();
    assert_eq!(command.line("ended"), "exit status: 9");
}

fn ends_when_dropped() {
    let mut command = Acting::begin("drop", &["sh", "-c", FAMILY]);
    let family = command.family();
    command.go_on();
    ends(&family);
    assert!(command.child.try_wait().unwrap().is_none());
}

fn outlives_its_terminal() {
    let mut deaf = Command::new("sh");
    deaf.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([ACT, "supervise"]);
    // A closed terminal notifies the supervisor and the program.
    let script = "kill -HUP $PPID; kill -HUP $$; exit 6";
    let mut command = Acting::begin_as(deaf, &["sh", "-c", script]);
    assert_eq!(command.line("ended"), "exit status: 6");
}

fn ends_as_it_ends() {
    for (script, end) in [
        ("exit 0", "exit status: 0"),
        ("exit 3", "exit status: 3"),
        ("kill -9 $$", "signal: 9 (SIGKILL)"),
        // Signals that the supervisor handles itself.
        ("kill -15 $$", "signal: 15 (SIGTERM)"),
        ("kill -2 $$", "signal: 2 (SIGINT)"),
        ("kill -USR1 $$", "signal: 10 (SIGUSR1)"),
    ] {
        let mut command = Acting::begin("supervise", &["sh", "-c", script]);
        assert_eq!(command.line("ended"), end, "{script}");
    }
}

fn orphans_end() {
    // The program ends immediately; its child continues in a session of its own.
    let script = "setsid sh -c 'echo orphan $$; exec sleep 600' & read line < /dev/null";
    let mut command = Acting::begin("end", &["sh", "-c", script]);
    let orphan = command.hear("orphan");
    assert!(lives(orphan));
    command.go_on();
    command.line("ended all");
    assert!(!lives(orphan));
    // Only the thread that reaps orphans waits for it.
    let id = Pid::from_raw(orphan).unwrap();
    until("the orphan is not reaped", || {
        test_kill_process(id).is_err()
    });
}

fn processes_in_a_directory() {
    let home = tempfile::tempdir().unwrap();
    let inside = home.path().canonicalize().unwrap().join("inside");
    let outside = home.path().join("inside-not");
    let start = |directory: &Path, program: &Path| {
        fs::create_dir_all(directory).unwrap();
        let mut command = Command::new(program);
        command.arg("600").current_dir(directory).spawn().unwrap()
    };
    let sleep = Path::new("/bin/sleep");
    fs::create_dir(&inside).unwrap();
    let copy = inside.join("copy");
    fs::copy(sleep, &copy).unwrap();
    let mut by_directory = start(&inside.join("deep"), sleep);
    let mut by_program = start(&outside, &copy);
    let mut other = start(&outside, sleep);
    let mut ended: Vec<_> = end_processes_in(&inside);
    ended.sort_unstable();
    let mut expected = vec![
        (by_directory.id(), "sleep".to_owned()),
        (by_program.id(), "copy".to_owned()),
    ];
    expected.sort_unstable();
    assert_eq!(ended, expected);
    by_directory.wait().unwrap();
    by_program.wait().unwrap();
    assert!(other.try_wait().unwrap().is_none());
    kill_process(Pid::from_child(&other), Signal::KILL).unwrap();
    other.wait().unwrap();
}
