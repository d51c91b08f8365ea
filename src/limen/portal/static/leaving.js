// Goes on as soon as every application has answered; without this, the page goes on by itself.
{
  let answered = 0;
  const goOn = () => {
    const link = document.querySelector('a[data-action="continue"]');
    const frames = document.querySelectorAll("iframe").length;
    if (link && answered >= frames) location.replace(link.href);
  };
  // `load` does not rise from a frame, but it can be caught on its way down.
  document.addEventListener("load", (event) => {
    if (event.target instanceof HTMLIFrameElement) answered += 1;
    if (document.readyState !== "loading") goOn();
  }, true);
  document.addEventListener("DOMContentLoaded", goOn);
}
