//! A release bundle and the examples in it, as somebody meets them who has Terraform and no Rust.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use local_connect::CallerId;
use local_harness::repository;
use local_harness::sample::{CAMPAIGN_URL, MEMBER_ID, MEMBER_PHONE, PIN};
use local_toolchain::{BUNDLE_NAME, Bundle, Toolchain};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::sync::Mutex;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{Failure, TestAccount};

/// An example, and the lines that it is: what can be called, out of what Terraform output.
pub struct Example {
    /// Its directory in `examples/`.
    pub name: &'static str,
    /// Its lines.
    pub lines: fn(&Map<String, Value>) -> Vec<BundledLine>,
}

/// Every directory of `examples/` has its entry.
pub const EXAMPLES: &[Example] = &[
    Example {
        name: "complete",
        lines: |outputs| vec![BundledLine::of(outputs)],
    },
    Example {
        name: "existing-instance",
        lines: |outputs| {
            vec![BundledLine {
                member_key: "tel",
                ..BundledLine::of(outputs)
            }]
        },
    },
    Example {
        name: "minimal",
        lines: |outputs| vec![BundledLine::of(outputs)],
    },
    Example {
        name: "two-lines",
        lines: |outputs| {
            let numbers = outputs["phone_numbers"].as_object();
            numbers
                .into_iter()
                .flat_map(|numbers| numbers.keys())
                .map(|key| BundledLine {
                    phone_number: text(&outputs["phone_numbers"][key]),
                    benefits_table: text(&outputs["benefits_table_names"][key]),
                    member_table: text(&outputs["member_table_name"]),
                    member_key: "phone",
                    language_key: "",
                })
                .collect()
        },
    },
];

/// Examples that only a kept release has, for what its successor changes; see `tests/upgrades`.
pub const KEPT_EXAMPLES: &[Example] = &[Example {
    name: "customised",
    lines: |outputs| {
        vec![BundledLine {
            language_key: "2",
            ..BundledLine::of(outputs)
        }]
    },
}];

/// What a line gave its caller.
#[derive(Debug, PartialEq, Eq)]
pub struct Given {
    /// The sentences that were heard.
    pub heard: Vec<String>,
    /// What the message says.
    pub message: String,
}

/// What it takes to call a line as a member.
pub struct BundledLine {
    phone_number: String,
    benefits_table: String,
    member_table: String,
    /// The attribute in which the member's number is.
    member_key: &'static str,
    /// What the caller presses before the PIN: the language, where there are several.
    language_key: &'static str,
}

impl BundledLine {
    /// The line of an example that is one.
    pub fn of(outputs: &Map<String, Value>) -> Self {
        Self {
            phone_number: text(&outputs["phone_number"]),
            benefits_table: text(&outputs["benefits_table_name"]),
            member_table: text(&outputs["member_table_name"]),
            member_key: "phone",
            language_key: "",
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

    /// The member calls, keys the PIN and gets the message.
    ///
    /// # Errors
    /// When nobody answers.
    ///
    /// # Panics
    /// When the message does not come.
    pub async fn gives_its_message(&self, aws: &TestAccount) -> Result<Given, Failure> {
        let sent = aws.messages().len();
        let caller = CallerId::Number(MEMBER_PHONE.to_owned());
        let pin = format!("{PIN}#");
        let entries: &[&str] = match self.language_key {
            "" => &[&pin],
            language => &[language, &pin],
        };
        let call = aws.call(&self.phone_number, caller, entries).await?;
        let messages = aws.messages();
        assert_eq!(messages.len(), sent + 1, "{:?}", call.events());
        assert_eq!(messages[sent].phone_number, MEMBER_PHONE);
        assert!(messages[sent].message.contains(CAMPAIGN_URL));
        Ok(Given {
            heard: call.heard().into_iter().map(str::to_owned).collect(),
            message: messages[sent].message.clone(),
        })
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

/// The bundle that trials share. Statics are never dropped, so [`forget`] removes its directory.
static MADE: Mutex<Option<Arc<BuiltBundle>>> = Mutex::const_new(None);

/// Removes what [`BuiltBundle::shared`] made; to be called when no trial runs any more.
pub fn forget() {
    MADE.blocking_lock().take();
}

/// The contents of a bundle, in a directory of their own.
pub struct Unpacked {
    /// The top directory of the zip.
    pub top: PathBuf,
    _home: TempDir,
}

/// A bundle in a directory of its own.
pub struct BuiltBundle {
    /// What it was made with.
    pub toolchain: &'static Toolchain,
    /// The bundle.
    pub bundle: Bundle,
    /// Where it is.
    pub directory: TempDir,
}

impl BuiltBundle {
    /// Makes a bundle with the function for this machine.
    ///
    /// # Errors
    /// When a tool is missing or the function does not compile.
    pub async fn now() -> Result<Self, Failure> {
        let repository = repository()?;
        let toolchain = crate::toolchain().await?;
        let functions = [crate::function().await?.clone()];
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

    /// One that other trials read as well.
    ///
    /// # Errors
    /// As [`BuiltBundle::now`].
    pub async fn shared() -> Result<Arc<Self>, Failure> {
        let mut made = MADE.lock().await;
        if let Some(made) = &*made {
            return Ok(Arc::clone(made));
        }
        Ok(Arc::clone(made.insert(Arc::new(Self::now().await?))))
    }

    /// Unpacks it.
    ///
    /// # Errors
    /// When the zip cannot be read.
    ///
    /// # Panics
    /// When there is not one directory in it, named as it is.
    pub fn unpack(&self) -> Result<Unpacked, Failure> {
        let home = tempfile::tempdir()?;
        ZipArchive::new(fs::File::open(&self.bundle.path)?)?.extract(home.path())?;
        let tops: Vec<_> = fs::read_dir(home.path())?.collect::<Result<_, _>>()?;
        assert_eq!(tops.len(), 1, "{tops:?}");
        let top = tops[0].path();
        let name = format!("{BUNDLE_NAME}-{}", self.bundle.version);
        assert_eq!(top.file_name(), Some(name.as_ref()));
        Ok(Unpacked { top, _home: home })
    }
}

/// Makes a search path with Terraform and nothing else: no Rust, no shell, no git.
///
/// # Errors
/// When it cannot be made.
pub fn bare_path(directory: &Path, toolchain: &Toolchain) -> Result<String, Failure> {
    let bin = directory.join("bin");
    fs::create_dir_all(&bin)?;
    let terraform = toolchain.tools().terraform.path.canonicalize()?;
    symlink(terraform, bin.join("terraform"))?;
    Ok(bin.to_string_lossy().into_owned())
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
