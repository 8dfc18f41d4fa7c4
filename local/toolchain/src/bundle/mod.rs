//! A release: the module and its function in one zip, with the same bytes for the same commit.
//!
//! Terraform accepts a zip as a module's source, by path or URL, with `//` before the directory in it.
//! Nothing in the zip depends on the time or on chance.

mod dependencies;
mod readme;
mod revision;
mod sbom;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::process::Command;

use crate::cargo_lambda::CargoLambda;
use crate::command::succeed;
use crate::error::Result;
use crate::files::{read, sha256, write_if_changed};
use crate::function::FunctionPackage;
use crate::module;
use crate::package::{Entry, pack};
use crate::progress::{Progress, Silent};
use crate::tools::Tool;

pub use revision::Revision;

/// The bundle's name without its version, in the form that Terraform requires for a module's repository.
pub const BUNDLE_NAME: &str = "terraform-aws-connect-pin-sms";

/// The workspace's version, which is this crate's.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The list of checksums in a bundle, and the one next to it, in the format of `sha256sum --check`.
const SUMS: &str = "SHA256SUMS";
/// The function's bill of materials.
const SBOM: &str = "sbom.cdx.json";
/// The origin of the bundle: versions and commit.
const ORIGIN: &str = "VERSION.json";

/// A bundle, and the files next to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The zip. It contains a single directory, named like the zip without `.zip`.
    pub path: PathBuf,
    /// The zip's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// The zip's size in bytes.
    pub size: u64,
    /// The number of files in it.
    pub files: usize,
    pub version: &'static str,
    /// The commit that it was built from; `None` if the sources are not a git checkout.
    pub revision: Option<Revision>,
    /// The function's bill of materials, which the zip contains, too.
    pub sbom: PathBuf,
    /// The checksums of the zip and the bill of materials.
    pub sums: PathBuf,
}

/// Writes the module in `repository` with these packages of its function to
/// `<directory>/terraform-aws-connect-pin-sms-<version>.zip`.
///
/// The zip contains one directory with the module's files (its README without the parts that need a
/// checkout), the packages in `dist/`, and three files about them: `sbom.cdx.json` (CycloneDX: the crates
/// that the function was compiled from), `VERSION.json` (version, compiler, cargo-lambda and zig, commit,
/// and whether the checkout had uncommitted changes; the last two are null without a checkout) and
/// `SHA256SUMS` of all other files. The bill of materials and a `SHA256SUMS` of the published files are
/// written next to the zip.
///
/// # Errors
///
/// When a file cannot be read or written, or git or cargo fails.
pub async fn build_bundle(
    repository: &Path,
    functions: &[FunctionPackage],
    directory: &Path,
    cargo: &Tool,
    lambda: &CargoLambda,
    progress: &dyn Progress,
) -> Result<Bundle> {
    progress.step("Packing the module");
    let mut zips = Vec::new();
    for function in functions {
        zips.push((function.architecture, read(&function.path)?));
    }
    progress.detail("listing the function's dependencies");
    let sbom = sbom::of_function(repository, &zips, cargo).await?;
    let revision = revision::of(repository).await?;
    let compiler = compiler(repository).await?;

    let mut files = BTreeMap::new();
    for path in module::release(repository)? {
        let mut bytes = read(&repository.join(&path))?;
        if path == Path::new(readme::PATH) {
            bytes = readme::for_release(&String::from_utf8_lossy(&bytes))?.into_bytes();
        }
        files.insert(path.to_string_lossy().into_owned(), bytes);
    }
    for (architecture, bytes) in zips {
        files.insert(format!("dist/{}", architecture.zip_name()), bytes);
    }
    files.insert(SBOM.to_owned(), sbom.clone());
    files.insert(
        ORIGIN.to_owned(),
        origin(revision.as_ref(), &compiler, lambda),
    );
    let list = sums(&files);
    files.insert(SUMS.to_owned(), list);

    let name = format!("{BUNDLE_NAME}-{VERSION}");
    let bytes = pack_below(&name, &files)?;
    let beside = BTreeMap::from([
        (format!("{name}.zip"), bytes),
        (format!("{name}.cdx.json"), sbom),
    ]);
    for (name, bytes) in &beside {
        write_if_changed(&directory.join(name), bytes)?;
    }
    let sums_path = directory.join(SUMS);
    write_if_changed(&sums_path, &sums(&beside))?;
    let bytes = &beside[&format!("{name}.zip")];
    Ok(Bundle {
        path: directory.join(format!("{name}.zip")),
        sha256: sha256(bytes),
        size: bytes.len() as u64,
        files: files.len(),
        version: VERSION,
        revision,
        sbom: directory.join(format!("{name}.cdx.json")),
        sums: sums_path,
    })
}

/// Packs the files into one directory of a zip.
fn pack_below(directory: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let named: Vec<(String, &Vec<u8>)> = files
        .iter()
        .map(|(path, bytes)| (format!("{directory}/{path}"), bytes))
        .collect();
    pack(named.iter().map(|(name, bytes)| Entry {
        name,
        mode: 0o644,
        bytes,
    }))
}

/// Returns one line per file, in the format of `sha256sum`.
fn sums(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut text = String::new();
    for (path, bytes) in files {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}  {path}", sha256(bytes));
    }
    text.into_bytes()
}

/// Returns the compiler's version, since another one produces other bytes.
async fn compiler(repository: &Path) -> Result<String> {
    let mut command = Command::new("rustc");
    command.arg("--version").current_dir(repository);
    Ok(succeed(command, &Silent).await?.trim().to_owned())
}

/// Describes the origin of the bundle, and the tools whose versions determine its bytes.
fn origin(revision: Option<&Revision>, compiler: &str, lambda: &CargoLambda) -> Vec<u8> {
    let origin = json!({
        "version": VERSION,
        "compiler": compiler,
        "cargoLambda": lambda.version.to_string(),
        "zig": lambda.zig.to_string(),
        "commit": revision.map(|revision| &revision.commit),
        "dirty": revision.map(|revision| revision.dirty),
    });
    format!("{origin:#}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::io::{Cursor, Read};

    use super::*;
    use crate::tools::Version;

    fn files() -> BTreeMap<String, Vec<u8>> {
        BTreeMap::from([
            ("modules/flow/main.tf".to_owned(), b"flow".to_vec()),
            ("main.tf".to_owned(), b"abc".to_vec()),
        ])
    }

    #[test]
    fn all_files_are_in_one_directory_sorted_by_name() {
        let bytes = pack_below("module-1.0.0", &files()).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut seen = Vec::new();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).unwrap();
            assert_eq!(entry.unix_mode(), Some(0o100_644));
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            seen.push((entry.name().unwrap().into_owned(), text));
        }
        let wanted = [
            ("module-1.0.0/main.tf", "abc"),
            ("module-1.0.0/modules/flow/main.tf", "flow"),
        ];
        assert_eq!(
            seen,
            wanted.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn checksums_have_the_format_of_sha256sum() {
        let text = String::from_utf8(sums(&files())).unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(
            first,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  main.tf"
        );
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn an_unknown_origin_is_null() {
        let lambda = CargoLambda {
            program: PathBuf::from("cargo-lambda"),
            version: Version::new(1, 9, 2),
            zig: Version::new(0, 17, 1),
            path: OsString::new(),
        };
        let text = |revision: Option<&Revision>| {
            String::from_utf8(origin(revision, "rustc 1.95.0", &lambda)).unwrap()
        };
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let known = read(&text(Some(&Revision {
            commit: "0123abc".to_owned(),
            dirty: true,
        })));
        assert_eq!(known["version"], VERSION);
        assert_eq!(known["cargoLambda"], "1.9.2");
        assert_eq!(known["zig"], "0.17.1");
        assert_eq!(known["commit"], "0123abc");
        assert_eq!(known["dirty"], true);
        let unknown = read(&text(None));
        assert!(unknown["commit"].is_null() && unknown["dirty"].is_null());
    }
}
