#include "tests/conformance/listening.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>

#include "shared/net/sockets.hpp"
#include "tests/conformance/process_facts.hpp"

namespace iolab::conformance {
namespace {

namespace fs = std::filesystem;

using Listener = std::function<void(const std::string& inode, std::uint16_t port)>;

// A line of /proc/net/tcp: number, local address, remote address, state, four columns that do not
// matter here, a time-out and the socket's inode.
void for_each_listener(const Listener& listener) {
  for (const char* const table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);  // the headings
    while (std::getline(file, line)) {
      std::istringstream words(line);
      std::string number, local, remote, state, skipped, inode;
      words >> number >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) words >> skipped;
      if (state != "0A" || !(words >> inode)) continue;
      const auto port = std::stoul(local.substr(local.rfind(':') + 1), nullptr, 16);
      listener(inode, static_cast<std::uint16_t>(port));
    }
  }
}

// /proc/PID/stat: id, name in brackets (which may hold brackets and blanks), state, parent, group.
pid_t group_of(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string line;
  std::getline(file, line);
  std::istringstream words(line.substr(std::min(line.rfind(')') + 1, line.size())));
  std::string state;
  pid_t parent = 0;
  pid_t group = 0;
  words >> state >> parent >> group;
  return group;
}

std::set<std::string> sockets_of(pid_t group) {
  std::set<std::string> sockets;
  for (const auto& process : fs::directory_iterator("/proc")) {
    const std::string name = process.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (group_of(process.path()) != group) continue;
    try {
      for (auto& target : descriptors(static_cast<pid_t>(std::stol(name)))) {
        sockets.insert(std::move(target));
      }
    } catch (const fs::filesystem_error&) {
      continue;  // it has ended meanwhile
    }
  }
  return sockets;
}

}  // namespace

std::vector<std::uint16_t> listening_ports(pid_t group) {
  const std::set<std::string> own = sockets_of(group);
  std::set<std::uint16_t> ports;
  for_each_listener([&](const std::string& inode, std::uint16_t port) {
    if (own.contains("socket:[" + inode + "]")) ports.insert(port);
  });
  return {ports.begin(), ports.end()};
}

bool is_listened_on(std::uint16_t port) {
  bool found = false;
  for_each_listener([&](const std::string&, std::uint16_t one) { found = found || one == port; });
  return found;
}

std::uint16_t free_port() {
  return local_port(listen_on("127.0.0.1", 0, false).get());
}

}  // namespace iolab::conformance
