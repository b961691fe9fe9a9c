// Loaded in front of the command line: it ends by SIGKILL, as a machine that fails, when it says what KILL_AT names.
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) => {
  if (String(text).includes(process.env.KILL_AT)) process.kill(process.pid, "SIGKILL");
  return write(text, ...rest);
};
