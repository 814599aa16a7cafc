//! The settings of a hospital: read from their file, with the logo that stands beside it.

use std::fs;
use std::path::Path;

use nw_facts::Text;
use nw_leaflet::House;

use crate::casefile::CaseFault;
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::Word;

impl Session {
    /// Whose paper it is: the settings named on the command line, or nobody's.
    ///
    /// # Errors
    /// The file cannot be read, or holds something wrong; everything that is wrong is told first.
    pub(crate) fn house(&mut self) -> Result<House, Failure> {
        let Some(path) = self.settings.clone() else { return Ok(House::default()) };
        let text = fs::read(&path).map_err(|e| Failure::world(&path, &e))?;
        let text = String::from_utf8(text)
            .map_err(|_| Failure::usage(Word::KnowledgeNotUtf8, &[&path.display().to_string()]))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let logo = |name: &str| {
            fs::read(folder.join(name)).map_err(|error| {
                let why = error.to_string();
                Text::new(why.clone(), why)
            })
        };
        House::read(&text, logo).map_err(|faults| {
            self.before_complaint();
            for fault in faults {
                self.fault(&CaseFault {
                    file: path.display().to_string(),
                    line: fault.line,
                    code: fault.code,
                    message: fault.message,
                    help: fault.help,
                });
            }
            Failure::silent(Exit::BadInput)
        })
    }
}
