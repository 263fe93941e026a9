// What scrolls sideways can be reached with the keyboard. Most browsers see to that themselves.
const reach = () => {
  for (const box of document.querySelectorAll("article :is(pre, .table-wrapper)"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
};

addEventListener("resize", reach);
addEventListener("toggle", reach, true); // of what is folded
addEventListener("DOMContentLoaded", reach);
