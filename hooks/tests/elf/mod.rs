//! Shared objects with one note, made by hand.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    reason = "a test program's part"
)]

#[derive(Clone, Debug)]
pub struct Elf {
    pub wide: bool,
    pub big: bool,
    pub align: u64,
    pub kind: u32,
    pub name: &'static str,
    pub owner: &'static [u8],
    pub json: Vec<u8>,
    /// How much more the length says than there is.
    pub beyond: u64,
}

impl Elf {
    pub fn new(json: &str) -> Self {
        Self {
            wide: true,
            big: false,
            align: 4,
            kind: 7,
            name: ".note.cuda.fwd_compatibility",
            owner: b"NVIDIA Corporation\0",
            json: json.as_bytes().to_vec(),
            beyond: 0,
        }
    }

    fn put(&self, to: &mut Vec<u8>, number: u64, width: usize) {
        let bytes = number.to_be_bytes();
        let mut bytes = bytes.split_at(8 - width).1.to_vec();
        if !self.big {
            bytes.reverse();
        }
        to.extend(bytes);
    }

    /// An address, an offset or a size.
    fn word(&self, to: &mut Vec<u8>, number: u64) {
        self.put(to, number, if self.wide { 8 } else { 4 });
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut note = Vec::new();
        self.put(&mut note, self.owner.len() as u64, 4);
        self.put(&mut note, self.json.len() as u64 + self.beyond, 4);
        self.put(&mut note, 1, 4);
        note.extend(self.owner);
        let padding = self.owner.len().next_multiple_of(self.align.max(1) as usize);
        note.resize(12 + padding, 0);
        note.extend(&self.json);
        let names = format!("\0.shstrtab\0{}\0", self.name);
        let header = if self.wide { 64 } else { 52 };
        let (note_at, names_at) = (header, header + note.len() as u64);
        let sections_at = names_at + names.len() as u64;

        let mut elf =
            vec![0x7f, b'E', b'L', b'F', 1 + u8::from(self.wide), 1 + u8::from(self.big), 1];
        elf.resize(16, 0);
        self.put(&mut elf, 3, 2);
        self.put(&mut elf, 62, 2);
        self.put(&mut elf, 1, 4);
        for offset in [0, 0, sections_at] {
            self.word(&mut elf, offset);
        }
        self.put(&mut elf, 0, 4);
        let section = if self.wide { 64 } else { 40 };
        for number in [header, 0, 0, section, 3, 1] {
            self.put(&mut elf, number, 2);
        }
        assert_eq!(elf.len() as u64, header);
        elf.extend(&note);
        elf.extend(names.as_bytes());
        let sections = [
            (0, 0, 0, 0, 0),
            (1, 3, names_at, names.len() as u64, 1),
            (11, u64::from(self.kind), note_at, note.len() as u64, self.align),
        ];
        for (name, kind, at, size, align) in sections {
            self.put(&mut elf, name, 4);
            self.put(&mut elf, kind, 4);
            for number in [0, 0, at, size] {
                self.word(&mut elf, number);
            }
            self.put(&mut elf, 0, 8);
            self.word(&mut elf, align);
            self.word(&mut elf, 0);
        }
        elf
    }
}
