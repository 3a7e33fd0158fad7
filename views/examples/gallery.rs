//! Writes every sample, with styles, scripts and pictures, into a folder: `cargo run -p portico-views --example
//! gallery`.
//!
//! The folder is the first argument, or `target/gallery`; open its `index.html`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use portico_views::{Assets, BrandStyle, brand_css, copy, samples};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    fs::create_dir_all(&folder)?;
    for part in ["js", "brand"] {
        for file in files(&source.join(part))? {
            if let Some(name) = file.file_name() {
                fs::copy(&file, folder.join(name))?;
            }
        }
    }
    let sheets = files(&source.join("css"))?
        .into_iter()
        .map(fs::read_to_string)
        .collect::<io::Result<String>>()?;
    fs::write(folder.join("app.css"), sheets)?;
    fs::write(
        folder.join("brand.css"),
        brand_css(&BrandStyle::default()).map_err(io::Error::other)?,
    )?;
    write_pages(&folder)
}

fn write_pages(folder: &Path) -> io::Result<()> {
    let assets = Assets::new(str::to_owned);
    let mut index = String::from("<!doctype html><meta charset=utf-8><title>Gallery</title>");
    for words in copy::ALL {
        let stage = samples::Stage {
            words,
            base: "",
            assets: &assets,
            logo: "acme.svg",
            logo_dark: "acme-dark.svg",
            favicon: "favicon.svg",
        };
        for sample in samples::all(&stage) {
            let name = format!("{}-{}.html", words.lang, sample.name);
            fs::write(folder.join(&name), sample.html.into_string())?;
            index.extend(["<p><a href=\"", &name, "\">", &name, "</a>"]);
        }
    }
    fs::write(folder.join("index.html"), index)
}

/// The files of a folder, sorted by name, as the server joins them.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
