#include "tests/conformance/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "tests/conformance/process_facts.hpp"

namespace iolab::conformance {
namespace {

UniqueHandle make_file(const char* name) {
  UniqueHandle file(::memfd_create(name, MFD_CLOEXEC));
  if (!file) throw std::system_error(errno, std::system_category(), "memfd_create");
  return file;
}

std::string contents(const UniqueHandle& file) {
  std::string text(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  const ssize_t n = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

std::vector<char*> pointers(const Words& words) {
  std::vector<char*> result;
  for (const auto& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

// Between fork and exec only what is safe in a signal handler may be called.
[[noreturn]] void become(char* const* command, char* const* environment, int output, int error) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  ::execvpe(command[0], command, environment);
  ::_exit(127);
}

}  // namespace

ServerProcess::ServerProcess(const Words& command, const Words& environment)
    : output_(make_file("stdout")), error_(make_file("stderr")) {
  Words settings = environment;  // first, since the first of two settings is the one found
  for (char** setting = ::environ; *setting; ++setting) settings.emplace_back(*setting);
  const auto arguments = pointers(command);
  const auto variables = pointers(settings);
  child_ = ::fork();
  if (child_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (child_ == 0) become(arguments.data(), variables.data(), output_.get(), error_.get());
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      status_(other.status_),
      output_(std::move(other.output_)),
      error_(std::move(other.error_)),
      banner_(std::move(other.banner_)) {}

ServerProcess::~ServerProcess() {
  if (child_ < 0 || status_) return;
  if (pid() != child_) ::kill(pid(), SIGKILL);  // it would outlive its tracer
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void ServerProcess::wait_until_listening() {
  const bool said_something = eventually(
      [&] { return standard_output().find('\n') != std::string::npos || status().has_value(); });
  const std::string output = standard_output();
  const Json line = Json::parse(output.substr(0, output.find('\n')), nullptr, false);
  if (!said_something || !line.is_object() || line.value("event", "") != "listening") {
    throw std::runtime_error(
        "no banner: status " + (status() ? std::to_string(*status()) : "none") +
        ", standard output '" + output + "', standard error '" + standard_error() + "'");
  }
  banner_ = line;
}

void ServerProcess::signal(int number) const {
  if (::kill(pid(), number) != 0) throw std::system_error(errno, std::system_category(), "kill");
}

std::optional<ExitStatus> ServerProcess::status() {
  int raw = 0;
  if (!status_ && ::waitpid(child_, &raw, WNOHANG) == child_) {
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  }
  return status_;
}

ExitStatus ServerProcess::wait(std::chrono::nanoseconds within) {
  if (!eventually([&] { return status().has_value(); }, within)) {
    throw std::runtime_error("the server did not end in time");
  }
  return *status_;
}

std::string ServerProcess::standard_output() const {
  return contents(output_);
}
std::string ServerProcess::standard_error() const {
  return contents(error_);
}

Json ServerProcess::closing_line() const {
  const std::string output = standard_output();
  const auto begin = output.find_last_of('\n', output.size() < 2 ? 0 : output.size() - 2);
  Json line =
      Json::parse(output.substr(begin == std::string::npos ? 0 : begin + 1), nullptr, false);
  if (!line.is_object() || line.value("event", "") != "stopped") {
    throw std::runtime_error("no closing statistics; standard output: '" + output + "'");
  }
  return line;
}

}  // namespace iolab::conformance
