//! A release bundle and its examples, as used on a machine that has Terraform and no Rust.

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

/// An example of the module, and the lines that it deploys.
pub struct Example {
    /// The example's directory in `examples/`.
    pub name: &'static str,
    /// Returns the example's lines from Terraform's outputs.
    pub lines: fn(&Map<String, Value>) -> Vec<BundledLine>,
}

/// The examples. Every directory of `examples/` must have an entry.
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

/// Examples that exist only in a kept release, for settings that the next release changes; see
/// `tests/upgrades`.
pub const KEPT_EXAMPLES: &[Example] = &[Example {
    name: "customised",
    lines: |outputs| {
        vec![BundledLine {
            language_key: "2",
            ..BundledLine::of(outputs)
        }]
    },
}];

/// The prompts that a member heard in a call, and the message that was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct MemberCall {
    /// The sentences that the caller heard.
    pub heard: Vec<String>,
    /// The text of the message.
    pub message: String,
}

/// A deployed line, with the names that a test needs to call it as a member.
pub struct BundledLine {
    phone_number: String,
    benefits_table: String,
    member_table: String,
    /// The attribute that holds the member's number.
    member_key: &'static str,
    /// The key that selects the language; empty if the line has one language.
    language_key: &'static str,
}

impl BundledLine {
    /// Returns the line of an example that deploys one line.
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
    pub async fn load(&self, aws: &TestAccount) -> Result<(), Failure> {
        let member = [(self.member_key, MEMBER_PHONE), ("id", MEMBER_ID)];
        put(aws, &self.member_table, member).await?;
        let campaign = [("pinCode", PIN), ("campaignUrl", CAMPAIGN_URL)];
        put(aws, &self.benefits_table, campaign).await
    }

    /// Calls the line as the member, keys the PIN and returns what was heard and sent.
    ///
    /// # Panics
    /// When no message is sent, or another one than the campaign's.
    pub async fn call_as_member(&self, aws: &TestAccount) -> Result<MemberCall, Failure> {
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
        Ok(MemberCall {
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

/// The bundle that trials share. Statics are never dropped, so [`remove_shared`] removes its directory.
static SHARED: Mutex<Option<Arc<BuiltBundle>>> = Mutex::const_new(None);

/// Removes the directory of the bundle that [`BuiltBundle::shared`] built. The caller must wait until all
/// trials have ended.
pub fn remove_shared() {
    SHARED.blocking_lock().take();
}

/// The contents of a bundle in a temporary directory.
pub struct Unpacked {
    /// The top directory of the zip.
    pub top: PathBuf,
    _home: TempDir,
}

/// A bundle in a temporary directory.
pub struct BuiltBundle {
    /// The tools that built the bundle.
    pub toolchain: &'static Toolchain,
    pub bundle: Bundle,
    pub directory: TempDir,
}

impl BuiltBundle {
    /// Builds a bundle that contains the function for this machine's architecture.
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

    /// Returns the bundle that all trials share; the first caller builds it.
    pub async fn shared() -> Result<Arc<Self>, Failure> {
        let mut shared = SHARED.lock().await;
        if let Some(bundle) = &*shared {
            return Ok(Arc::clone(bundle));
        }
        Ok(Arc::clone(shared.insert(Arc::new(Self::now().await?))))
    }

    /// Unpacks the bundle into a temporary directory.
    ///
    /// # Panics
    /// When the zip does not contain exactly one directory, named after the bundle.
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

/// Creates a directory that contains Terraform alone, and returns it as a search path: without Rust,
/// shell and git.
pub fn bare_path(directory: &Path, toolchain: &Toolchain) -> Result<String, Failure> {
    let bin = directory.join("bin");
    fs::create_dir_all(&bin)?;
    let terraform = toolchain.tools().terraform.path.canonicalize()?;
    symlink(terraform, bin.join("terraform"))?;
    Ok(bin.to_string_lossy().into_owned())
}

/// Copies a directory and everything below it into another, and overwrites existing files.
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

/// Packs a function's zip again without compression: the same program in different bytes.
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
