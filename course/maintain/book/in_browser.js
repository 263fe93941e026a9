// What `in_browser.py` asks a page. It evaluates to an object of functions.
(() => {
  const drawn = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const named = (element) => {
    const labels = (element.getAttribute("aria-labelledby") || "").split(/\s+/);
    return [
      element.getAttribute("aria-label"),
      element.getAttribute("alt"),
      element.getAttribute("title"),
      element.querySelector(":scope > title")?.textContent,
      ...labels.map((id) => id && document.getElementById(id)?.textContent),
    ].some((name) => name?.trim());
  };

  const short = (element) => {
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    const look = (element.getAttribute("class") || "").trim().split(/\s+/).join(".");
    return `<${element.tagName.toLowerCase()}${look && "." + look}>${text && ` "${text}"`}`;
  };

  // --- Colours ---

  const channels = (colour) => {
    const found = (colour.match(/[\d.]+/g) || []).map(Number);
    return /^rgb/.test(colour) ? [...found.slice(0, 3), found[3] ?? 1] : [0, 0, 0, 0];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const opacity = (element, end) => {
    let product = 1;
    for (let each = element; each && each !== end; each = each.parentElement)
      product *= Number(getComputedStyle(each).opacity);
    return product;
  };
  const filled = (element) => {
    const style = getComputedStyle(element);
    const [r, g, b, a] = channels(style.fill);
    return [r, g, b, a * Number(style.fillOpacity) * opacity(element, null)];
  };
  const page_behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement)
      layers.unshift(channels(getComputedStyle(each).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const holds = (shape, x, y) => {
    const matrix = shape.getScreenCTM();
    if (!matrix || !(matrix.a * matrix.d - matrix.b * matrix.c)) return false;
    const place = new DOMPoint(x, y).matrixTransform(matrix.inverse());
    return shape.isPointInFill(place);
  };

  return {
    open: () => document.querySelectorAll("details").forEach((each) => (each.open = true)),

    text: () => document.querySelector("article").innerText.replace(/\s+/g, " ").trim(),

    still: () => {
      const style = document.createElement("style");
      style.textContent = "*, *::before, *::after { transition: none !important }";
      document.head.append(style);
    },

    too_wide: () => {
      const page = document.scrollingElement;
      if (page.scrollWidth <= page.clientWidth) return "";
      const widest = [...document.querySelectorAll("article *")].find(
        (each) => each.getBoundingClientRect().right > page.clientWidth + 1,
      );
      return `${page.scrollWidth} pixels wide: ${widest ? short(widest) : "outside the article"}`;
    },

    nameless: () =>
      [...document.querySelectorAll("img, svg, [role=img], canvas, video, object")]
        .filter((each) => !each.closest("[aria-hidden=true]") && drawn(each) && !named(each))
        .filter((each) => {
          const control = each.closest("a, button, label, summary, [role=button]");
          const called = [control, control?.control].some((each) => each && named(each));
          return !(called || control?.textContent.trim());
        })
        .map((each) => each.outerHTML.slice(0, 80)),

    // What axe-core does not measure, or too slowly: pictures' text, and the words of code, each
    // kind of them once.
    faint: (least, words) => {
      const found = [];
      const kinds = new Set();
      for (const word of document.querySelectorAll(words)) {
        const kind = [word, word.parentElement].map((each) => each.className).join(" in ");
        if (kinds.has(kind) || !word.textContent.trim()) continue;
        kinds.add(kind);
        const ground = page_behind(word);
        const ratio = contrast(over(channels(getComputedStyle(word).color), ground), ground);
        if (ratio < least) found.push(`${short(word)} has a contrast of ${ratio.toFixed(2)}`);
      }
      for (const picture of document.querySelectorAll("article svg[role=img]")) {
        const behind = page_behind(picture);
        const below = [];
        const parts = "rect, circle, ellipse, path, polygon, text, tspan";
        for (const part of picture.querySelectorAll(parts)) {
          if (!drawn(part)) continue;
          if (!/^t/.test(part.tagName)) {
            if (filled(part)[3] > 0.05) below.push(part);
            continue;
          }
          const own = [...part.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          const colour = filled(part);
          if (!own || colour[3] < 0.1) continue;
          const box = part.getBoundingClientRect();
          const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
          const ground = below
            .filter((shape) => holds(shape, x, y))
            .reduce((rgb, shape) => over(filled(shape), rgb), behind);
          const ratio = contrast(over(colour, ground), ground);
          if (ratio < least) found.push(`${short(part)} has a contrast of ${ratio.toFixed(2)}`);
        }
      }
      return [...new Set(found)];
    },

    // A dark page is printed as a light one.
    on_paper: (least) => {
      const found = new Set();
      for (const each of document.querySelectorAll("article :is(p, li, td, pre, h2, summary)")) {
        if (!drawn(each)) continue;
        const ratio = contrast(channels(getComputedStyle(each).color).slice(0, 3), [255, 255, 255]);
        const ground = luminance(page_behind(each));
        if (ratio < least) found.add(`${short(each)} has a contrast of ${ratio.toFixed(2)}`);
        else if (ground < 0.7) found.add(`${short(each)} is on a dark ground`);
      }
      return [...found];
    },

    colours: () =>
      [...document.querySelectorAll("article, article *")].map((each) => {
        const { color, backgroundColor, fill, stroke } = getComputedStyle(each);
        return `${short(each)}: ${color}, ${backgroundColor}, ${fill}, ${stroke}`;
      }),
  };
})();
