//! Draws flows into files or onto standard output.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use connect_flow_picture::{Block, Marks, NeverTaken, Options, Positions, Style, mermaid, svg};
use local_connect::TestedFlow;
use local_terminal::print;
use serde_json::json;

use super::input::{self, Input};
use super::way;
use crate::commands::test::{self, shown};
use crate::options::{FlowDraw, Format, PictureFormat};
use crate::screen::Screen;

/// A picture that is to be written.
struct Picture {
    flow: Input,
    text: String,
    /// The file; `None` for standard output.
    file: Option<PathBuf>,
}

/// Draws all flows, and writes the pictures once all are drawn.
///
/// # Errors
/// When something cannot be read or written.
pub(super) async fn run(options: &FlowDraw, screen: Screen) -> anyhow::Result<()> {
    let flows = input::read(options).await?;
    if flows.len() > 1 {
        if options.path.is_some() || !options.coverage.is_empty() {
            bail!(
                "--path and --coverage are for one flow, but {} were given",
                flows.len()
            );
        }
        if !options.output.as_deref().is_some_and(Path::is_dir) {
            bail!("-o must be a directory that exists, since several flows are drawn");
        }
    }
    let mut pictures: Vec<Picture> = Vec::new();
    for flow in flows {
        let marks = marks(options, &flow).await?;
        let format = format(options);
        let text = match format {
            PictureFormat::Mermaid => mermaid(&flow.graph, &marks),
            PictureFormat::Svg => svg(
                &flow.graph,
                &marks,
                &Options {
                    style: Style::Alone,
                    positions: match options.console_positions {
                        true => Positions::Console,
                        false => Positions::Computed,
                    },
                    title: Some(flow.title.clone()),
                },
            ),
        };
        let file = options
            .output
            .as_deref()
            .map(|output| match output.is_dir() {
                true => output.join(file_name(&flow.source, format)),
                false => output.to_path_buf(),
            });
        if file.is_some() && pictures.iter().any(|other| other.file == file) {
            bail!(
                "flows that are drawn into one directory must have different names, but {} has that of another",
                shown(&flow.source.display().to_string())
            );
        }
        pictures.push(Picture { flow, text, file });
    }
    pictures
        .iter()
        .try_for_each(|picture| write(picture, screen))
}

fn write(picture: &Picture, screen: Screen) -> anyhow::Result<()> {
    let blocks = picture.flow.graph.blocks();
    let branches: usize = blocks.iter().map(|block| block.branches.len()).sum();
    let mut result = json!({
        "type": "picture",
        "flow": picture.flow.title,
        "blocks": blocks.len(),
        "branches": branches,
    });
    let Some(file) = &picture.file else {
        result["picture"] = picture.text.clone().into();
        screen.result(result)?;
        if screen.format() != Format::Json {
            print(picture.text.trim_end())?;
        }
        return Ok(());
    };
    let name = file.display().to_string();
    fs::write(file, &picture.text).with_context(|| format!("cannot write {}", shown(&name)))?;
    let counted = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    screen.say(&format!(
        "{}: {}, {}",
        shown(&name),
        counted(blocks.len(), "block", "blocks"),
        counted(branches, "branch", "branches")
    ))?;
    result["file"] = name.into();
    screen.result(result)?;
    Ok(())
}

/// Returns the format that was asked for, or that the name of the file has.
fn format(options: &FlowDraw) -> PictureFormat {
    let of_name = || {
        let extension = options.output.as_deref().and_then(Path::extension);
        match extension.is_some_and(|extension| extension == "mmd" || extension == "md") {
            true => PictureFormat::Mermaid,
            false => PictureFormat::Svg,
        }
    };
    options.picture.unwrap_or_else(of_name)
}

/// Returns the name of a picture in a directory.
fn file_name(source: &Path, format: PictureFormat) -> String {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".json").unwrap_or(&name);
    format!("{stem}.{}", format.extension())
}

async fn marks(options: &FlowDraw, flow: &Input) -> anyhow::Result<Marks> {
    let mut marks = Marks::default();
    if let Some(path) = &options.path {
        marks.steps = way::read(path, &options.reach.client(), flow).await?;
        marks.current = marks.steps.last().map(|step| step.block.clone());
    }
    if !options.coverage.is_empty() {
        let tested = match &flow.id {
            Some(id) => {
                let flows = test::coverage_of_account(&options.coverage, &options.reach).await?;
                flows.into_iter().find(|tested| tested.flow_id == *id)
            }
            None => test::coverage_of_flow(&options.coverage, &flow.source, &flow.content).await?,
        };
        marks.never_taken = Some(never_taken(flow, tested.as_ref()));
    }
    Ok(marks)
}

/// Returns what no test took; all of a flow that no test entered.
fn never_taken(flow: &Input, tested: Option<&TestedFlow>) -> NeverTaken {
    let blocks = flow.graph.blocks();
    let Some(tested) = tested else {
        let branches = blocks.iter().flat_map(|block| {
            let branches = block.branches.iter();
            branches.map(|branch| branch.described(&block.identifier))
        });
        return NeverTaken {
            branches: branches.collect(),
            blocks: blocks
                .iter()
                .map(|block| block.identifier.clone())
                .collect(),
        };
    };
    let taken: HashMap<&str, usize> = tested
        .branches
        .iter()
        .map(|branch| (branch.branch.as_str(), branch.taken))
        .collect();
    let left = |block: &Block| {
        let branches = block.branches.iter();
        // The list of branches has the end of a flow as `block -> the end`.
        let end = format!("{} -> the end", block.identifier);
        branches
            .map(|branch| branch.described(&block.identifier))
            .chain([end])
            .any(|branch| taken.get(&*branch).is_some_and(|times| *times > 0))
    };
    NeverTaken {
        branches: taken
            .iter()
            .filter(|(_, times)| **times == 0)
            .map(|(branch, _)| (*branch).to_owned())
            .collect(),
        blocks: blocks
            .iter()
            .filter(|block| !left(block))
            .map(|block| block.identifier.clone())
            .collect(),
    }
}
