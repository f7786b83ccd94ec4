#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "completion_program.hpp"

namespace {

constexpr unsigned entries = 256;

// Many containers forbid io_uring: whoever reads the message should know what to do.
std::unique_ptr<lab::Proactor> make_proactor() {
  try {
    return lab::make_uring_proactor(entries);
  } catch (const std::system_error& refusal) {
    if (refusal.code().value() != EPERM && refusal.code().value() != ENOSYS) throw;
    throw std::runtime_error(
        "this system refuses io_uring (" + refusal.code().message() +
        "): allow it with 'sysctl kernel.io_uring_disabled=0', or to a container with "
        "'--security-opt seccomp=unconfined'");
  }
}

}  // namespace

int main(int argc, char** argv) {
  return lab::run_completion_program(argc, argv, make_proactor);
}
