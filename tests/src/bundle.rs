//! A release bundle and the examples in it, as somebody meets them who has Terraform and no Rust.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use local_harness::repository;
use local_harness::sample::{CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN};
use local_connect::CallerId;
use local_toolchain::{BUNDLE_NAME, Bundle, Cache, Silent, Toolchain};
use serde_json::{Map, Value};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{Failure, TestAccount, press};

/// An example, and the lines that it is: what can be called, out of what Terraform output.
pub struct Example {
    /// Its directory in `examples/`.
    pub name: &'static str,
    /// Its lines.
    pub lines: fn(&Map<String, Value>) -> Vec<Line>,
}

/// Every directory of `examples/` has its entry.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "complete",
        lines: |outputs| vec![Line::of(outputs)],
    },
    Example {
        name: "existing-instance",
        lines: |outputs| {
            vec![Line {
                member_key: "tel",
                ..Line::of(outputs)
            }]
        },
    },
    Example {
        name: "minimal",
        lines: |outputs| vec![Line::of(outputs)],
    },
    Example {
        name: "two-lines",
        lines: |outputs| {
            let numbers = outputs["phone_numbers"].as_object();
            numbers
                .into_iter()
                .flat_map(|numbers| numbers.keys())
                .map(|key| Line {
                    phone_number: text(&outputs["phone_numbers"][key]),
                    benefits_table: text(&outputs["benefits_table_names"][key]),
                    member_table: text(&outputs["member_table_name"]),
                    member_key: "phone",
                })
                .collect()
        },
    },
];

/// What it takes to call a line as a member.
pub struct Line {
    phone_number: String,
    benefits_table: String,
    member_table: String,
    /// The attribute in which the member's number is.
    member_key: &'static str,
}

impl Line {
    /// The line of an example that is one.
    pub fn of(outputs: &Map<String, Value>) -> Self {
        Self {
            phone_number: text(&outputs["phone_number"]),
            benefits_table: text(&outputs["benefits_table_name"]),
            member_table: text(&outputs["member_table_name"]),
            member_key: "phone",
        }
    }

    /// Writes the rows of a member and a campaign.
    ///
    /// # Errors
    /// When a table does not take them.
    pub async fn load(&self, aws: &TestAccount) -> Result<(), Failure> {
        let member = [(self.member_key, MEMBER_PHONE), ("id", MEMBER_ID)];
        put(aws, &self.member_table, member).await?;
        let campaign = [("pinCode", PIN), ("campaignUrl", CAMPAIGN_URL)];
        put(aws, &self.benefits_table, campaign).await
    }

    /// The member calls, keys the PIN and gets the message; what is heard.
    ///
    /// # Errors
    /// When nobody answers.
    ///
    /// # Panics
    /// When the message does not come.
    pub async fn gives_its_message(&self, aws: &TestAccount) -> Result<Vec<String>, Failure> {
        let sent = aws.messages().len();
        let caller = CallerId::Number(MEMBER_PHONE.to_owned());
        let connect = aws.account.connect();
        let mut call = connect.dial(&self.phone_number, caller).await?;
        press(&mut call, &format!("{PIN}#")).await;
        let messages = aws.messages();
        assert_eq!(messages.len(), sent + 1, "{:?}", call.events());
        assert_eq!(messages[sent].phone_number, MEMBER_PHONE);
        assert!(messages[sent].message.contains(CAMPAIGN_URL));
        Ok(call.heard().into_iter().map(str::to_owned).collect())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn put(aws: &TestAccount, table: &str, row: [(&str, &str); 2]) -> Result<(), Failure> {
    let rows = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let mut request = rows.put_item().table_name(table);
    for (name, value) in row {
        request = request.item(name, AttributeValue::S(value.to_owned()));
    }
    request.send().await?;
    Ok(())
}

/// A bundle in a directory of its own.
pub struct Made {
    /// What it was made with.
    pub toolchain: Toolchain,
    /// The bundle.
    pub bundle: Bundle,
    /// Where it is.
    pub directory: TempDir,
}

impl Made {
    /// Makes a bundle with the function for this machine.
    ///
    /// # Errors
    /// When a tool is missing or the function does not compile.
    pub async fn now() -> Result<Self, Failure> {
        let repository = repository()?;
        let toolchain = Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await?;
        let functions = [toolchain.build_function_zip(&repository).await?];
        let directory = tempfile::tempdir()?;
        let bundle = toolchain
            .build_bundle(&repository, &functions, directory.path())
            .await?;
        Ok(Self {
            toolchain,
            bundle,
            directory,
        })
    }

    /// Unpacks it below its own directory; the top directory of the zip.
    ///
    /// # Errors
    /// When the zip cannot be read.
    ///
    /// # Panics
    /// When there is not one directory in it, named as it is.
    pub fn unpack(&self, place: &str) -> Result<PathBuf, Failure> {
        let here = self.directory.path().join(place);
        ZipArchive::new(fs::File::open(&self.bundle.path)?)?.extract(&here)?;
        let tops: Vec<_> = fs::read_dir(&here)?.collect::<Result<_, _>>()?;
        assert_eq!(tops.len(), 1, "{tops:?}");
        let top = tops[0].path();
        let name = format!("{BUNDLE_NAME}-{}", self.bundle.version);
        assert_eq!(top.file_name(), Some(name.as_ref()));
        Ok(top)
    }

    /// A search path with Terraform and nothing else: no Rust, no shell, no git.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn bare_path(&self) -> Result<String, Failure> {
        let bin = self.directory.path().join("bin");
        fs::create_dir_all(&bin)?;
        let terraform = self.toolchain.tools().terraform.path.canonicalize()?;
        symlink(terraform, bin.join("terraform"))?;
        Ok(bin.to_string_lossy().into_owned())
    }
}

/// Copies a directory with all that is in it over another.
///
/// # Errors
/// When a file cannot be copied.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Packs a function's zip again, so that it does the same and has other bytes.
///
/// # Errors
/// When it cannot be read or written.
pub fn pack_again(zip: &Path) -> Result<(), Failure> {
    let before = fs::read(zip)?;
    let mut archive = ZipArchive::new(Cursor::new(&before))?;
    let mut bootstrap = Vec::new();
    archive.by_name("bootstrap")?.read_to_end(&mut bootstrap)?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .unix_permissions(0o755)
        .compression_method(CompressionMethod::Stored);
    writer.start_file("bootstrap", options)?;
    writer.write_all(&bootstrap)?;
    fs::write(zip, writer.finish()?.into_inner())?;
    Ok(())
}
