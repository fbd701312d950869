//! The files of one directory, and no others.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tempfile::NamedTempFile;

use crate::status::{
    BAD_REQUEST, CONFLICT, CREATED, FORBIDDEN, INTERNAL_ERROR, NO_CONTENT, NOT_FOUND, StatusLine,
};

#[derive(Clone)]
pub(crate) struct Directory(Arc<Path>);

impl Directory {
    /// Opens the directory to serve.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        match path.is_dir() {
            true => Ok(Self(path.into())),
            false => Err(ErrorKind::NotADirectory.into()),
        }
    }

    /// Opens the file that a request names, and returns it with its length.
    pub(crate) fn open_file(&self, target: &str) -> Result<(File, u64), StatusLine> {
        let path = self.inside(&self.path(target)?)?;
        // Checked before the file is opened, because opening a pipe would block.
        let metadata = fs::metadata(&path).map_err(|err| status_of(&err))?;
        if !metadata.is_file() {
            return Err(NOT_FOUND);
        }
        let file = File::open(&path).map_err(|err| status_of(&err))?;
        Ok((file, metadata.len()))
    }

    /// Begins an upload of the file that a request names.
    pub(crate) fn begin_upload(&self, target: &str) -> Result<Upload, StatusLine> {
        let path = self.path(target)?;
        let (Some(parent), Some(name), false) =
            (path.parent(), path.file_name(), target.ends_with('/'))
        else {
            return Err(CONFLICT);
        };
        let parent = self.inside(parent)?;
        let path = parent.join(name);
        if path.is_dir() {
            return Err(CONFLICT);
        }
        let file = NamedTempFile::new_in(parent).map_err(|err| status_of(&err))?;
        Ok(Upload { file, path })
    }

    /// Returns the path of a request's target. A target that leads upwards is forbidden.
    fn path(&self, target: &str) -> Result<PathBuf, StatusLine> {
        let (path, _) = target
            .split_once('?')
            .unwrap_or((target, ""));
        let path = path
            .strip_prefix('/')
            .ok_or(BAD_REQUEST)?;
        let path = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| BAD_REQUEST)?;
        let goes_down = Path::new(&*path)
            .components()
            .all(|component| matches!(component, Component::Normal(_)));
        match goes_down {
            true => Ok(self.0.join(&*path)),
            false => Err(FORBIDDEN),
        }
    }

    /// Returns the canonical form of `path` if it is in the directory after links are followed.
    fn inside(&self, path: &Path) -> Result<PathBuf, StatusLine> {
        let path = path
            .canonicalize()
            .map_err(|err| status_of(&err))?;
        match path.starts_with(&self.0) {
            true => Ok(path),
            false => Err(FORBIDDEN),
        }
    }
}

/// A file that is being uploaded. It appears in the directory when it is complete; an incomplete one is deleted.
pub(crate) struct Upload {
    file: NamedTempFile,
    path: PathBuf,
}

impl Upload {
    pub(crate) fn write(&mut self, content: &[u8]) -> Result<(), StatusLine> {
        self.file
            .write_all(content)
            .map_err(|err| status_of(&err))
    }

    /// Puts the complete file into the directory, and returns the status of the response.
    pub(crate) fn finish(self) -> Result<StatusLine, StatusLine> {
        let status = match self.path.exists() {
            true => NO_CONTENT,
            false => CREATED,
        };
        match self.file.persist(&self.path) {
            Ok(_) => Ok(status),
            Err(err) => Err(status_of(&err.error)),
        }
    }
}

fn status_of(err: &io::Error) -> StatusLine {
    match err.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => NOT_FOUND,
        ErrorKind::PermissionDenied => FORBIDDEN,
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => BAD_REQUEST,
        _ => INTERNAL_ERROR,
    }
}
