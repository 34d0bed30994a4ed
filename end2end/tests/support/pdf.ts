// Small generated PDF files, so that no test needs a library or a file in the repository.

/**
 * A document of `pages` pages that show their numbers; portrait A4, or another size in points. `ballast` is the number
 * of extra bytes.
 */
export function makePdf(pages: number, { width = 595, height = 842, ballast = 0 } = {}): Buffer {
  const font = 3;
  const firstPage = 4;
  const pageNumbers = Array.from({ length: pages }, (_, index) => index + 1);
  const pageId = (page: number) => firstPage + 2 * (page - 1);

  const objects = [
    `<< /Type /Catalog /Pages 2 0 R >>`,
    `<< /Type /Pages /Count ${pages} /Kids [${pageNumbers.map((page) => `${pageId(page)} 0 R`).join(" ")}] >>`,
    `<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>`,
    ...pageNumbers.flatMap((page) => {
      const text = `BT /F1 40 Tf 60 ${height - 120} Td (Page ${page} of ${pages}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] ` +
          `/Resources << /Font << /F1 ${font} 0 R >> >> /Contents ${pageId(page) + 1} 0 R >>`,
        `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
      ];
    }),
    ...(ballast ? [`<< /Length ${ballast} >>\nstream\n${"0".repeat(ballast)}\nendstream`] : []),
  ];

  return write(objects);
}

/** A page of A4 with texts, each with its place and size in points, and links to a page or an address. */
export interface PageOf {
  text: readonly (readonly [text: string, x: number, y: number, size: number])[];
  links?: { rect: [number, number, number, number]; page?: number; uri?: string }[];
}

/** A document of these pages. */
export function makePdfOf({ pages }: { pages: PageOf[] }): Buffer {
  const pageId = (page: number) => 4 + 2 * (page - 1);
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R >>`,
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${pageId(index + 1)} 0 R`).join(" ")}] >>`,
    `<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>`,
    ...pages.flatMap(({ text, links = [] }, index) => {
      const content = text.map(([words, x, y, size]) => `BT /F1 ${size} Tf ${x} ${y} Td (${words}) Tj ET`).join("\n");
      const annotations = links.map(({ rect, page, uri }) => {
        const target = page ? `/Dest [${pageId(page)} 0 R /Fit]` : `/A << /S /URI /URI (${uri?.replace(/[()]/g, "\\$&")}) >>`;
        return `<< /Type /Annot /Subtype /Link /Rect [${rect.join(" ")}] ${target} >>`;
      });
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> ` +
          `/Annots [${annotations.join(" ")}] /Contents ${pageId(index + 1) + 1} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  return write(objects);
}

function write(objects: string[]): Buffer {
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  file += offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}
