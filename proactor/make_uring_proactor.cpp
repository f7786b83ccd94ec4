// Makes completion_server a native one: the linker takes this definition.
#include "proactor/uring_proactor.hpp"
#include "shared/server/server_options.hpp"

namespace iolab {
namespace {

constexpr std::string_view own_options[] = {"uring-setup", "uring-entries"};

}  // namespace

const std::span<const std::string_view> proactor_options{own_options};

std::unique_ptr<Proactor> make_proactor(const ServerOptions& options) {
  return std::make_unique<UringProactor>(parse_uring_setup(options.uring_setup),
                                         options.uring_entries);
}

}  // namespace iolab
