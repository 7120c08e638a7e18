// Shows the map of a MapWidget: the same page as a file of `kg map --embed`, in a frame that reaches nothing outside of it.
const render = ({ model, el }) => {
  const frame = document.createElement("iframe");
  frame.title = model.get("title");
  frame.sandbox = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads";
  frame.allow = "fullscreen";
  frame.srcdoc = model.get("page");
  let heard = null;
  const size = () => { frame.style.cssText = `width:100%;height:${model.get("height")}px;border:0;color-scheme:inherit`; };
  const tell = () => { if (model.get("view") !== heard) frame.contentWindow?.postMessage({ kgView: model.get("view") }, "*"); };
  const hear = ({ source, data }) => {
    if (source !== frame.contentWindow || typeof data?.kgView !== "string") return;
    heard = data.kgView;
    model.set("view", heard);
    model.set("page_selected", String(data.kgSelected ?? ""));
    model.save_changes();
  };
  size();
  frame.addEventListener("load", () => { heard = null; tell(); });
  window.addEventListener("message", hear);
  model.on("change:view", tell);
  model.on("change:height", size);
  el.append(frame);
  return () => {
    window.removeEventListener("message", hear);
    model.off("change:view", tell);
    model.off("change:height", size);
  };
};
export default { render };
