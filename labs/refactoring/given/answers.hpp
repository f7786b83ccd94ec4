#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "frame_decoder.hpp"
#include "server.hpp"

namespace lab {

/// The protocol of one conversation, without any I/O: what is to be sent for what has come. It is
/// the part of the server that none of the seven steps changes.
class Answers {
 public:
  explicit Answers(const ServerOptions& options)
      : decoder_(options.protocol == Protocol::framed ? make_frame_decoder(options.max_frame)
                                                      : nullptr) {}

  /// The answer to these bytes, which came behind all earlier ones; it may be empty. It stays valid
  /// as long as `input` does and until the next call: of an echo it is `input` itself.
  [[nodiscard]] std::span<const std::byte> to(std::span<const std::byte> input) {
    if (ended_) return {};
    if (!decoder_) return input;
    framed_.clear();
    decoder_->feed(input);
    FrameDecoder::Next next = decoder_->next();
    for (; next.status == FrameDecoder::Status::frame; next = decoder_->next()) {
      append(next.payload);
    }
    if (next.status == FrameDecoder::Status::too_long) end();
    return framed_;
  }

  /// Nothing more is answered: after a frame that is too long, or because somebody called end().
  /// Then this side's stream is to end (FIN), and what still comes is to be received and thrown
  /// away: who closes with unread bytes resets the connection, and the client may lose answers.
  [[nodiscard]] bool ended() const { return ended_; }
  void end() { ended_ = true; }

 private:
  void append(std::span<const std::byte> payload) {
    const auto size = static_cast<std::uint32_t>(payload.size());
    for (int shift = 24; shift >= 0; shift -= 8) framed_.push_back(std::byte(size >> shift));
    framed_.insert(framed_.end(), payload.begin(), payload.end());
  }

  std::unique_ptr<FrameDecoder> decoder_;  // null for echo
  std::vector<std::byte> framed_;          // the last answer
  bool ended_ = false;
};

}  // namespace lab
