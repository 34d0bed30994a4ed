//! Generated PDFs, valid and broken.

/// The encryption dictionary of a file that opens without a password but may not be changed: made with the empty
/// user password (standard handler, revision 2).
const OWNER_PASSWORD: &str = "/ID[<30313233343536373839616263646566><30313233343536373839616263646566>]\
     /Encrypt<</Filter/Standard/V 1/R 2/P -4\
     /O<c92422687facee686e373f10b5c7d04738053152f7e2ee30e11c69ec442576ab>\
     /U<13f3633f3c8fe41869648cfa5552ce67d52a786c2ca737f8f9c0e496403cd4ae>>>";
/// The same with a user password: the empty password fails its check value.
const USER_PASSWORD: &str = "/ID[<30313233343536373839616263646566><30313233343536373839616263646566>]\
     /Encrypt<</Filter/Standard/V 1/R 2/P -4\
     /O<94e8094419662a774442fb072e3d9f19e9d130ec09a4d0061e78fe920f7ab62f>\
     /U<76ca91e329fa928551771a26e5fc48d9d147e1613e07cb56f73245e2af4373b2>>>";

/// What the letters `a` to `h` of the font `/U` stand for: ligatures, Hebrew from alef to dalet, an Arabic ligature, and
/// a character that is none.
pub const UNICODE: [&str; 8] =
    ["fi", "\u{FB02}", "\u{5D0}", "\u{5D1}", "\u{5D2}", "\u{5D3}", "\u{FEFB}", "\u{FFFF}"];

/// A file being built: numbered objects, the first of which is the catalogue.
pub struct Pdf {
    comment: String,
    objects: Vec<String>,
    trailer: String,
}

impl Pdf {
    /// A4 pages, each with a bar as wide as its number.
    pub fn with_pages(count: usize) -> Self {
        let kids: Vec<String> = (0..count).map(|page| format!("{} 0 R", 3 + 2 * page)).collect();
        let mut pdf = Self { comment: String::new(), objects: Vec::new(), trailer: String::new() };
        pdf.add("<</Type/Catalog/Pages 2 0 R>>");
        pdf.add(format!("<</Type/Pages/Kids[{}]/Count {count}>>", kids.join(" ")));
        for page in 1..=count {
            let contents = pdf.objects.len() + 2;
            pdf.add(format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {contents} 0 R>>"));
            pdf.add(stream("", &format!("0 0 1 rg 10 10 {} 50 re f", page % 500)));
        }
        pdf
    }

    /// The objects of a file, from the catalogue on.
    pub fn of_objects(objects: impl IntoIterator<Item = String>) -> Self {
        Self { comment: String::new(), objects: objects.into_iter().collect(), trailer: String::new() }
    }

    /// One page of 300 x 200 points that shows text: `/F` is Helvetica, and `/U` a font whose letters `a` to `h` are
    /// the characters of [`UNICODE`]. `page` is put into the page's dictionary, `catalogue` into the catalogue's, and
    /// `more` are objects from number 8 on.
    pub fn with_text(content: &str, page: &str, catalogue: &str, more: &[&str]) -> Self {
        let characters = UNICODE.iter().zip(b'a'..);
        let map = characters.map(|(text, code)| {
            let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
            format!("<{code:02X}> <{units}>\n")
        });
        let map: String = map.collect();
        let map = format!(
            "begincmap 1 begincodespacerange <00> <FF> endcodespacerange\n{} beginbfchar\n{map}endbfchar endcmap",
            UNICODE.len()
        );
        let objects = [
            format!("<</Type/Catalog/Pages 2 0 R{catalogue}>>"),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R\
                 /Resources<</Font<</F 5 0 R/U 6 0 R>>>>{page}>>"
            ),
            stream("", content),
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
            "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 7 0 R>>"
                .to_owned(),
            stream("", &map),
        ];
        Self::of_objects(objects.into_iter().chain(more.iter().map(|object| (*object).to_owned())))
    }

    /// One page with this media box.
    pub fn with_box(media_box: &str) -> Self {
        let mut pdf = Self::with_pages(1);
        pdf.objects[2] = pdf.objects[2].replace("[0 0 595 842]", media_box);
        pdf
    }

    /// One page of 200 by 200 points with this content. `page` is added to its dictionary; `more` are objects from
    /// number 5 on.
    pub fn with_page(page: &str, content: &str, more: &[&str]) -> Self {
        let mut pdf = Self::with_pages(1);
        pdf.objects[2] = format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R{page}>>");
        pdf.objects[3] = stream("", content);
        more.iter().for_each(|object| pdf.add(*object));
        pdf
    }

    /// Replaces an object, by its number.
    pub fn replacing(mut self, number: usize, object: &str) -> Self {
        self.objects[number - 1] = object.to_owned();
        self
    }

    /// Adds an object.
    pub fn adding(mut self, object: &str) -> Self {
        self.add(object);
        self
    }

    /// Only the attachments need a password (crypt filters of version 4).
    pub fn with_encrypted_attachments(mut self, indirect: bool) -> Self {
        let (id, rest) = USER_PASSWORD.split_once("/Encrypt").expect("an encryption dictionary");
        let filters = "/V 4/R 4/Length 128/CF<</StdCF<</CFM/AESV2/Length 16/AuthEvent/EFOpen>>>>\
             /StmF/Identity/StrF/Identity/EFF/StdCF";
        let dictionary = rest.replace("/V 1/R 2", filters);
        if indirect {
            self.add(dictionary);
            self.trailer = format!("{id}/Encrypt {} 0 R", self.objects.len());
        } else {
            self.trailer = format!("{id}/Encrypt {dictionary}");
        }
        self
    }

    /// A valid page, and others whose form draws another form eight times, and so on: 2^72 drawings in a few KB.
    pub fn endless(pages: usize) -> Self {
        let mut pdf = Self::with_pages(pages);
        let first = pdf.objects.len() + 1;
        for page in 1..pages {
            let dictionary = &mut pdf.objects[2 + 2 * page];
            *dictionary = dictionary
                .replace("/Contents", &format!("/Resources<</XObject<</X {first} 0 R>>>>/Contents"));
            pdf.objects[3 + 2 * page] = stream("", "/X Do");
        }
        for next in first + 1..first + 25 {
            pdf.add(form(&format!("/Resources<</XObject<</X {next} 0 R>>>>"), &"/X Do ".repeat(8)));
        }
        pdf.add(form("", "0 0 10 10 re f"));
        pdf
    }

    /// One page whose form draws itself.
    pub fn self_drawing() -> Self {
        let mut pdf = Self::with_box("[0 0 595 842]/Resources<</XObject<</X 5 0 R>>>>");
        pdf.objects[3] = stream("", "/X Do");
        pdf.add(form("/Resources<</XObject<</X 5 0 R>>>>", "/X Do /X Do"));
        pdf
    }

    /// A valid file of exactly `size` bytes, unless that is too few.
    pub fn of_size(size: usize) -> Vec<u8> {
        let mut pdf = Self::with_pages(1);
        while pdf.bytes().len() < size {
            // Offsets in the file grow with it: come close, then add what is missing.
            let missing = size - pdf.bytes().len();
            pdf.comment += &"x".repeat(missing);
            let over = pdf.bytes().len().saturating_sub(size);
            pdf.comment.truncate(pdf.comment.len() - over);
        }
        pdf.bytes()
    }

    /// Needs a password to be read.
    pub fn with_user_password(mut self) -> Self {
        self.trailer = USER_PASSWORD.to_owned();
        self
    }

    /// Needs a password only to be changed.
    pub fn with_owner_password(mut self) -> Self {
        self.trailer = OWNER_PASSWORD.to_owned();
        self
    }

    fn add(&mut self, object: impl Into<String>) {
        self.objects.push(object.into());
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = format!("%PDF-1.4\n%{}\n", self.comment);
        let mut offsets = "0000000000 65535 f \n".to_owned();
        for (index, object) in self.objects.iter().enumerate() {
            offsets += &format!("{:010} 00000 n \n", file.len());
            file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
        }
        let (size, start) = (self.objects.len() + 1, file.len());
        file += &format!("xref\n0 {size}\n{offsets}trailer<</Size {size}/Root 1 0 R{}>>\n", self.trailer);
        file += &format!("startxref\n{start}\n%%EOF\n");
        file.into_bytes()
    }
}

/// A stream object.
pub fn stream(dictionary: &str, content: &str) -> String {
    format!("<<{dictionary}/Length {}>>stream\n{content}\nendstream", content.len())
}

fn form(resources: &str, content: &str) -> String {
    stream(&format!("/Type/XObject/Subtype/Form/BBox[0 0 595 842]{resources}"), content)
}
