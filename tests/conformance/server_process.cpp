#include "tests/conformance/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "tests/conformance/listening.hpp"

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
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Whoever started us may ignore signals, and a program would survive what else kills it.
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  ::execvpe(command[0], command, environment);
  ::_exit(127);
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const auto begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

}  // namespace

std::uint32_t number_of(const Json& banner, const char* key) {
  const auto found = banner.find(key);
  return found != banner.end() && found->is_number_unsigned() ? found->get<std::uint32_t>() : 0;
}

std::string text_of(const Json& banner, const char* key) {
  const auto found = banner.find(key);
  return found != banner.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string end_in_words(ExitStatus status) {
  const char* const name = status > 128 ? ::sigabbrev_np(status - 128) : nullptr;
  return name ? std::string("died of SIG") + name : "ended with status " + std::to_string(status);
}

ServerProcess::ServerProcess(const Words& command, const Words& environment)
    : output_(make_file("stdout")), error_(make_file("stderr")) {
  Words settings = environment;  // first, since the first of two settings is the one found
  for (char** setting = ::environ; *setting; ++setting) settings.emplace_back(*setting);
  const auto arguments = pointers(command);
  const auto variables = pointers(settings);
  child_ = ::fork();
  if (child_ < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (child_ == 0) become(arguments.data(), variables.data(), output_.get(), error_.get());
  ::setpgid(child_, child_);  // both do it, as either may come first
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      status_(other.status_),
      output_(std::move(other.output_)),
      error_(std::move(other.error_)),
      banner_(std::move(other.banner_)),
      port_(other.port_) {}

ServerProcess::~ServerProcess() {
  if (child_ < 0) return;
  ::kill(-child_, SIGKILL);  // also what it started, which would outlive it
  if (!status_) ::waitpid(child_, nullptr, 0);
}

void ServerProcess::wait_until_listening() {
  const bool said_something = eventually(
      [&] { return standard_output().find('\n') != std::string::npos || status().has_value(); });
  const std::string output = standard_output();
  const Json line = Json::parse(output.substr(0, output.find('\n')), nullptr, false);
  if (!said_something || text_of(line, "event") != "listening") {
    throw what_it_did("no banner");
  }
  banner_ = line;
  port_ = static_cast<std::uint16_t>(number_of(banner_, "port"));
}

void ServerProcess::wait_for_port(std::optional<std::uint16_t> port) {
  std::vector<std::uint16_t> ports;
  const auto listens = [&] {
    if (status()) return true;
    ports = port && is_listened_on(*port) ? std::vector{*port} : listening_ports(child_);
    return port ? std::ranges::count(ports, *port) > 0 : !ports.empty();
  };
  const bool in_time = eventually(listens);
  if (status()) throw what_it_did("it does not listen");
  if (port && !in_time && !ports.empty()) {
    throw NotListening("it was given port " + std::to_string(*port) + " ({port}) and listens on " +
                       std::to_string(ports[0]));
  }
  if (!in_time) throw what_it_did("it does not listen");
  if (ports.size() > 1) {
    throw NotListening("it listens on several ports: say which one with {port} in the command");
  }
  port_ = ports[0];
}

NotListening ServerProcess::what_it_did(const std::string& instead) {
  std::string text = instead;
  text += status() ? ": it " + end_in_words(*status())
                   : " within " + std::to_string(patience / 1s) + " s";
  const std::string told = complaint();
  const std::string words = told.empty() ? last_line(standard_output()) : told;
  NotListening error(words.empty() ? text : text + "; its last words: " + words);
  error.status = status();
  error.first_line = standard_output().substr(0, standard_output().find('\n'));
  error.complaint = told;
  return error;
}

void ServerProcess::signal(int number) const {
  const pid_t whom = banner_.is_null() ? -child_ : pid();
  if (::kill(whom, number) != 0) throw std::system_error(errno, std::system_category(), "kill");
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
    throw std::runtime_error("expected the server to end; seen: it runs after " +
                             std::to_string(within / 1s) + " s");
  }
  return *status_;
}

std::string ServerProcess::standard_output() const {
  return contents(output_);
}
std::string ServerProcess::standard_error() const {
  return contents(error_);
}

std::string ServerProcess::complaint() const {
  return last_line(standard_error());
}

Json ServerProcess::closing_line() const {
  const std::string output = standard_output();
  Json line = Json::parse(last_line(output), nullptr, false);
  if (text_of(line, "event") != "stopped") {
    throw std::runtime_error("no closing statistics; standard output: '" + output + "'");
  }
  return line;
}

}  // namespace iolab::conformance
