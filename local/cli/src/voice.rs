//! Speaks the prompts of a call with a speech program of the user, and keeps the sound.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};
use local_connect::{CallEvent, Spoken};
use local_terminal::shown;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The part of the command that stands for the file to write.
pub const PLACEHOLDER: &str = "{}";

/// The most characters of a program's complaint that are shown.
const MAX_COMPLAINT: usize = 500;

/// A speech program and the directory for its sound.
#[derive(Debug)]
pub struct Voice {
    directory: PathBuf,
    /// The script for `sh`, in which `$1` is the file to write.
    script: String,
    spoken: HashMap<Spoken, PathBuf>,
}

impl Voice {
    /// Creates the directory if needed. `command` is read by `sh`; in it, [`PLACEHOLDER`] is the file to
    /// write.
    ///
    /// # Errors
    /// When the command has no placeholder, or the directory cannot be created.
    pub fn new(directory: &Path, command: &str) -> anyhow::Result<Self> {
        ensure!(
            command.contains(PLACEHOLDER),
            "--voice-command must contain {PLACEHOLDER}, which stands for the file to write, but was {}",
            shown(command, MAX_COMPLAINT)
        );
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(Self {
            directory: directory.to_owned(),
            // The path reaches the shell as an argument, so that no character of it is a command.
            script: command.replace(PLACEHOLDER, "\"$1\""),
            spoken: HashMap::new(),
        })
    }

    /// Speaks the prompts among these events that the caller heard, and returns the files, in order. A
    /// prompt that repeats is spoken once.
    ///
    /// # Errors
    /// When the program fails or writes nothing.
    pub async fn speak(
        &mut self,
        contact_id: &str,
        events: &[CallEvent],
    ) -> anyhow::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for event in events {
            let CallEvent::Heard(spoken) = event else {
                continue;
            };
            if self.spoken.contains_key(spoken) {
                continue;
            }
            let name = format!("{contact_id}-{:03}.wav", self.spoken.len() + 1);
            let file = self.directory.join(name);
            self.run(spoken, &file).await?;
            self.spoken.insert(spoken.clone(), file.clone());
            files.push(file);
        }
        Ok(files)
    }

    async fn run(&self, spoken: &Spoken, file: &Path) -> anyhow::Result<()> {
        let mut program = Command::new("sh")
            .args(["-c", &self.script, "sh"])
            .arg(file)
            .env("VOICE", &spoken.voice)
            .env(
                "LANGUAGE_CODE",
                spoken.language_code.as_deref().unwrap_or_default(),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start sh for --voice-command")?;
        let text = plain(&spoken.text);
        if let Some(mut input) = program.stdin.take() {
            // A program may end without reading everything; its exit code tells if it failed.
            input.write_all(text.as_bytes()).await.ok();
        }
        let output = program
            .wait_with_output()
            .await
            .context("cannot wait for --voice-command")?;
        let written = std::fs::metadata(file).is_ok_and(|file| file.len() > 0);
        ensure!(
            output.status.success() && written,
            "--voice-command must end with exit code 0 and write {}, but ended with {}{}: {}",
            file.display(),
            output.status,
            if written { "" } else { " and wrote nothing" },
            shown(
                String::from_utf8_lossy(&output.stderr).trim(),
                MAX_COMPLAINT
            )
        );
        Ok(())
    }
}

/// Returns the text without the tags of SSML, which few programs read. The entities are those of XML.
fn plain(text: &str) -> String {
    if !text.trim_start().starts_with("<speak") {
        return text.to_owned();
    }
    let mut plain = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(plain, |text, (entity, character)| {
        text.replace(entity, character)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn heard(text: &str) -> CallEvent {
        CallEvent::Heard(Spoken {
            text: text.to_owned(),
            voice: "Kazuha".to_owned(),
            language_code: Some("ja-JP".to_owned()),
        })
    }

    #[tokio::test]
    async fn each_prompt_is_handed_over_once_with_voice_and_language() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("a \"b\" $(c)");
        let command = "(cat; echo \" $VOICE $LANGUAGE_CODE\") > {}";
        let mut voice = Voice::new(&directory, command).unwrap();
        let events = [
            heard("一"),
            CallEvent::Silence,
            heard("<speak>二 &amp; <break/>三</speak>"),
            heard("一"),
        ];
        let files = voice.speak("contact", &events).await.unwrap();
        let texts: Vec<_> = files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap())
            .collect();
        assert_eq!(texts, ["一 Kazuha ja-JP\n", "二 & 三 Kazuha ja-JP\n"]);
        assert!(files[1].ends_with("contact-002.wav"), "{files:?}");
    }

    #[tokio::test]
    async fn a_program_that_fails_or_writes_nothing_is_reported() {
        let place = tempfile::tempdir().unwrap();
        for (command, why) in [
            (
                "echo no such voice >&2; exit 3 # {}",
                "exit status: 3 and wrote nothing: no such voice",
            ),
            ("true {}", "wrote nothing"),
        ] {
            let mut voice = Voice::new(place.path(), command).unwrap();
            let error = voice.speak("contact", &[heard("一")]).await.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        let error = Voice::new(place.path(), "espeak-ng").unwrap_err();
        assert!(error.to_string().contains("must contain {}"), "{error}");
    }
}
