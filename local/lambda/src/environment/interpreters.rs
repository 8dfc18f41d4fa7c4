//! The interpreters of managed runtimes, and the programs that run handlers in them.
//!
//! The programs are this crate's own: AWS's runtime client for Node.js is a native addon, which would have
//! to be built for each Node.js, and neither client can be fetched while a function is created. Both
//! clients do little more than poll the Runtime API, which needs nothing but the standard libraries.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use local_process::Launch;
use tokio::{process::Command, sync::Mutex};

use super::FunctionSpec;
use crate::runtime::{Language, Managed};

/// The time that an interpreter has to print its version.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// Prints an interpreter's version and path. The path is not that of a wrapper, which may need variables
/// that functions do not have.
const PYTHON_PROBE: &str =
    "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
const NODE_PROBE: &str = "console.log(process.versions.node + '\\n' + process.execPath)";

const PYTHON_BOOTSTRAP: (&str, &str) = ("bootstrap.py", include_str!("bootstrap/bootstrap.py"));
const NODE_BOOTSTRAP: (&str, &str) = ("bootstrap.cjs", include_str!("bootstrap/bootstrap.cjs"));

/// Why a runtime's functions cannot be run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unavailable {
    /// The machine has no interpreter of the runtime's version; with a sentence for the caller.
    #[error("{0}")]
    Missing(String),
    /// An error of this machine.
    #[error("cannot store the program that runs handlers")]
    Machine(#[source] io::Error),
}

/// An interpreter of this machine, with the program that runs handlers in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// The interpreter.
    pub(super) program: PathBuf,
    runtime: Managed,
    bootstrap: PathBuf,
}

impl Interpreter {
    /// Returns the arguments that run a function's handler.
    pub(super) fn arguments(&self, spec: &FunctionSpec) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = match self.runtime.language {
            // Unbuffered, and without files of compiled code: Lambda's code directory cannot be written.
            Language::Python => vec!["-u".into(), "-B".into()],
            // Node.js collects garbage in time only if it knows its limit.
            Language::Node => {
                let megabytes = spec.memory_mb / 10 * 9;
                vec![format!("--max-old-space-size={megabytes}").into()]
            }
        };
        arguments.push(self.bootstrap.clone().into());
        arguments
    }

    /// Returns the environment variables of the runtime.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let directory = self.bootstrap.parent().unwrap_or(Path::new("/"));
        let directory = directory.display();
        let execution = format!("AWS_Lambda_{}", self.runtime);
        let (name, path) = match self.runtime.language {
            Language::Python => ("PYTHONPATH", directory.to_string()),
            Language::Node => {
                // The interpreter's global packages, among which an AWS SDK may be.
                let prefix = self.program.parent().and_then(Path::parent);
                let global = prefix.unwrap_or(Path::new("/")).join("lib/node_modules");
                let path = format!("{directory}/node_modules:{}", global.display());
                ("NODE_PATH", path)
            }
        };
        vec![
            ("AWS_EXECUTION_ENV", execution),
            ("LAMBDA_RUNTIME_DIR", directory.to_string()),
            (name, path),
        ]
    }
}

/// Finds interpreters, and remembers those that were found.
pub(crate) struct Interpreters {
    /// The directories that interpreters are looked for in, in the form of `PATH`.
    search_path: OsString,
    /// The directory for the programs that run handlers.
    directory: PathBuf,
    found: Mutex<HashMap<Managed, Arc<Interpreter>>>,
}

impl Interpreters {
    pub(crate) fn new(search_path: OsString, directory: PathBuf) -> Self {
        Self {
            search_path,
            directory,
            found: Mutex::default(),
        }
    }

    /// Checks that the runtime's functions can be run.
    pub(crate) async fn check(&self, runtime: Managed) -> Result<(), Unavailable> {
        self.find(runtime).await.map(|_| ())
    }

    /// Returns the interpreter of a runtime.
    pub(super) async fn find(&self, runtime: Managed) -> Result<Arc<Interpreter>, Unavailable> {
        // Held during the search, so that there is one at a time.
        let mut found = self.found.lock().await;
        if let Some(known) = found.get(&runtime)
            && is_program(&known.program).await
        {
            return Ok(Arc::clone(known));
        }
        let program = self.search(runtime).await.map_err(Unavailable::Missing)?;
        let bootstrap = self.store(runtime.language).await;
        let interpreter = Arc::new(Interpreter {
            program,
            runtime,
            bootstrap: bootstrap.map_err(Unavailable::Machine)?,
        });
        found.insert(runtime, Arc::clone(&interpreter));
        Ok(interpreter)
    }

    /// Searches for an interpreter. The error is a sentence for the caller.
    async fn search(&self, runtime: Managed) -> Result<PathBuf, String> {
        let mut seen = HashSet::new();
        let mut versions = Vec::new();
        for name in runtime.programs() {
            for directory in std::env::split_paths(&self.search_path) {
                let file = directory.join(&name);
                if !is_program(&file).await {
                    continue;
                }
                // Directories may be linked, such as /bin.
                let canonical = tokio::fs::canonicalize(&file).await;
                if !seen.insert(canonical.unwrap_or_else(|_| file.clone())) {
                    continue;
                }
                let Some((version, program)) = probe(runtime.language, &file).await else {
                    continue;
                };
                if runtime.is_run_by(&version) {
                    tracing::debug!(%runtime, program = %program.display(), version, "found an interpreter");
                    return Ok(program);
                }
                tracing::warn!(%runtime, file = %file.display(), version, "an interpreter has another version");
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        Err(runtime.missing(&versions))
    }

    /// Writes the program that runs handlers, and returns its path.
    async fn store(&self, language: Language) -> io::Result<PathBuf> {
        let (name, text) = match language {
            Language::Python => PYTHON_BOOTSTRAP,
            Language::Node => NODE_BOOTSTRAP,
        };
        tokio::fs::create_dir_all(&self.directory).await?;
        let directory = tokio::fs::canonicalize(&self.directory).await?;
        let file = directory.join(name);
        // Functions may be running the old file, which is the same.
        if !tokio::fs::try_exists(&file).await? {
            // Renamed when it is complete: a full disk must not leave a part.
            let new = directory.join(format!("{name}.new"));
            tokio::fs::write(&new, text).await?;
            tokio::fs::rename(&new, &file).await?;
        }
        Ok(file)
    }
}

/// Reports whether a file can be executed.
async fn is_program(file: &Path) -> bool {
    tokio::fs::metadata(file)
        .await
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Returns the version and the path of an interpreter. Returns `None` for a program that does not print
/// them, such as a version manager's wrapper of a version that is not selected.
async fn probe(language: Language, file: &Path) -> Option<(String, PathBuf)> {
    let mut command = Command::new(file);
    match language {
        // Isolated from the variables and packages of the user.
        Language::Python => command.args(["-I", "-c", PYTHON_PROBE]),
        Language::Node => command.args(["-e", NODE_PROBE]).env_remove("NODE_OPTIONS"),
    };
    let output = async {
        let mut launch = Launch::like(&command)?;
        launch
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        launch.spawn().await?.wait_with_output().await
    };
    let output = match tokio::time::timeout(PROBE_LIMIT, output).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            tracing::debug!(file = %file.display(), %error, "cannot start an interpreter");
            return None;
        }
        Err(_) => {
            tracing::warn!(file = %file.display(), "an interpreter did not print its version in time");
            return None;
        }
    };
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let version = lines.next()?.to_owned();
    let program = PathBuf::from(lines.next()?);
    (output.status.success() && program.is_absolute()).then_some((version, program))
}
