//! The flows that are drawn: from files, standard input or a running account.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use connect_flow_check::FlowFile;
use connect_flow_picture::Graph;

use super::account;
use crate::commands::test::shown;
use crate::options::FlowDraw;

/// The argument that stands for standard input.
const STDIN: &str = "-";
/// The largest file that is read. The content of a flow has at most 256,000 characters.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// A flow that is drawn.
pub(super) struct Input {
    /// The path of the file, or the name of the flow in the account.
    pub(super) source: PathBuf,
    /// The name for people.
    pub(super) title: String,
    /// The id in the account, if the flow is from one.
    pub(super) id: Option<String>,
    pub(super) content: String,
    pub(super) graph: Graph,
}

impl Input {
    pub(super) fn new(
        source: PathBuf,
        title: String,
        id: Option<String>,
        content: String,
    ) -> anyhow::Result<Self> {
        let named = || format!("{} must be a flow that can be drawn", shown(&title));
        let graph = Graph::read(&content).with_context(named)?;
        Ok(Self {
            source,
            title,
            id,
            content,
            graph,
        })
    }
}

/// Reads all flows.
///
/// # Errors
/// When a file cannot be read or is no flow, or the account does not have the flow.
pub(super) async fn read(options: &FlowDraw) -> anyhow::Result<Vec<Input>> {
    if let Some(name) = &options.flow {
        return Ok(vec![
            account::describe(&options.reach.client(), name).await?,
        ]);
    }
    options.files.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> anyhow::Result<Input> {
    let name = path.display().to_string();
    let (text, source) = match name.as_str() {
        STDIN => (
            limited(io::stdin().lock(), "standard input")?,
            PathBuf::from("flow"),
        ),
        name => (text(path, name)?, path.to_path_buf()),
    };
    let flow = FlowFile::read(&name, &text, None)?;
    let title = source.file_stem().unwrap_or_default().to_string_lossy();
    Input::new(source.clone(), title.into_owned(), None, flow.content)
        .with_context(|| format!("cannot draw {}", shown(&name)))
}

/// Reads a text file.
pub(super) fn text(path: &Path, name: &str) -> anyhow::Result<String> {
    let file =
        File::open(path).with_context(|| format!("{} must be a readable file", shown(name)))?;
    limited(file, name)
}

fn limited(from: impl Read, name: &str) -> anyhow::Result<String> {
    let name = shown(name);
    let mut bytes = Vec::new();
    from.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{name} must be a readable file"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        bail!("{name} must have at most {LARGEST_FILE} bytes, but has more");
    }
    String::from_utf8(bytes).with_context(|| format!("{name} must be text in UTF-8"))
}
