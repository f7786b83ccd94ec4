#pragma once

#include <cstddef>
#include <string>

// What differs between operating systems; a file per system defines it.
namespace iolab {

// Raises the process's limit of open descriptors to at least `needed`. Returns a sentence if the
// system does not allow as many, otherwise nothing.
[[nodiscard]] std::string allow_descriptors(std::size_t needed);

}  // namespace iolab
