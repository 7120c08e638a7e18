-- Opens a note with Neovim's own client of the language server; writes what it sees to a file as JSON.
local python, root, note, out = unpack(vim.fn.split(vim.env.KG_NEOVIM, "|"))
local report = { completions = {}, diagnostics = {} }

local function finish(status)
  local file = assert(io.open(out, "w"))
  file:write(vim.json.encode(report))
  file:close()
  vim.cmd(status == 0 and "qall!" or "cquit!")
end

local ok, problem = xpcall(function()
  vim.cmd.edit(note)
  vim.bo.filetype = "markdown"
  local id = assert(vim.lsp.start({ name = "kg", cmd = { python, "-m", "kg", "lsp" }, root_dir = root }))
  local client = assert(vim.lsp.get_client_by_id(id))
  assert(vim.wait(60000, function() return client.initialized end, 50), "not initialized")
  report.encoding = client.offset_encoding
  local last = vim.api.nvim_buf_line_count(0)
  vim.api.nvim_buf_set_lines(0, last, last, false, { "", "😀 [[no such note]] " })
  assert(vim.wait(60000, function()
    for _, d in ipairs(vim.diagnostic.get(0)) do
      if d.code == "KG201" then return true end
    end
    return false
  end, 50), "no diagnostic")
  for _, d in ipairs(vim.diagnostic.get(0)) do
    table.insert(report.diagnostics, { code = d.code, line = d.lnum - last, column = d.col, last = d.end_col, message = d.message })
  end
  -- Complete behind [[ as a person does: by the omni function, which is the client's.
  vim.api.nvim_buf_set_lines(0, last + 1, last + 2, false, { "见 [[rpcx [[consen" })
  vim.api.nvim_win_set_cursor(0, { last + 2, 0 })
  vim.cmd("normal! $")
  local answer = vim.lsp.buf_request_sync(0, "textDocument/completion", {
    textDocument = vim.lsp.util.make_text_document_params(0),
    position = { line = last + 1, character = vim.str_utfindex("见 [[rpcx [[consen") },
  }, 30000)
  for _, item in ipairs(answer[id].result.items) do
    table.insert(report.completions, { item.label, item.textEdit.newText, item.textEdit.range.start.character })
  end
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  local symbols = vim.lsp.buf_request_sync(0, "textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params(0) }, 30000)
  report.symbol = symbols[id].result[1].name
  if vim.env.KG_RENAME then
    vim.api.nvim_buf_set_lines(0, last, -1, false, {})
    vim.bo.modified = false
    local rename = vim.split(vim.env.KG_RENAME, "|")
    local row = tonumber(rename[1])
    vim.api.nvim_win_set_cursor(0, { row, tonumber(rename[2]) })
    vim.lsp.buf.rename(rename[3])
    assert(vim.wait(60000, function() return vim.bo.modified or vim.api.nvim_buf_get_name(0) ~= note end, 50), "not renamed")
    vim.wait(1000)
    vim.cmd("wall!")
    report.name = vim.api.nvim_buf_get_name(0)
  end
  client.stop()
  report.ended = vim.wait(20000, function() return client.is_stopped() end, 50)
end, debug.traceback)
if not ok then report.problem = problem end
finish(ok and 0 or 1)
