#include "machine/kernel/client.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "machine/kernel/kernel.hpp"
#include "machine/story/story.hpp"

namespace lab {
namespace {

void tell(const std::string& sentence) {
  Story::current().step(sentence);
}

bool always() {
  return true;
}

}  // namespace

Client::Client(Kernel& kernel, std::string name) : kernel_(kernel), name_(std::move(name)) {}

Client& Client::then(std::string waits_for, std::function<bool()> can_be_done,
                     std::function<void()> perform) {
  script_.push_back({std::move(waits_for), std::move(can_be_done), std::move(perform)});
  return *this;
}

int Client::descriptor() const {
  return socket_ ? socket_->number : -1;
}

Client& Client::sends(const std::string& bytes) {
  return then("", always, [this, bytes] {
    tell(name_ + " sends " + count_of(bytes.size(), "byte") + ": " + shown(bytes));
    if (socket_->closed || socket_->lost()) {
      tell("nobody takes them: the connection is closed");
      socket_->reset_by_program = true;
      return;
    }
    if (socket_->finished && socket_->receives_no_more) return refused();
    socket_->incoming += bytes;
    socket_->edge();
  });
}

// As RFC 1122 (4.2.2.13) has it, and Linux does.
void Client::refused() {
  tell("nobody will ever receive them (shutdown of both directions): the connection is reset");
  socket_->reset_by_program = true;
  socket_->pending_error = ECONNRESET;
  socket_->outgoing.clear();
  socket_->edge();
}

Client& Client::sends_in_pieces(const std::string& bytes, std::size_t most) {
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t size =
        std::min(bytes.size() - begin, kernel_.random_up_to(std::max<std::size_t>(most, 1)));
    sends(bytes.substr(begin, size));
    begin += size;
  }
  return *this;
}

Client& Client::receives(const std::string& expected) {
  const auto differs = [this, expected] {
    const std::string_view got = std::string_view(received_).substr(checked_);
    return !expected.starts_with(got.substr(0, expected.size()));
  };
  return then(
      "for " + count_of(expected.size(), "byte") + ": " + shown(expected),
      [this, expected, differs] {
        const bool no_more = socket_->outgoing.empty() && (socket_->finished || socket_->lost());
        return received_.size() - checked_ >= expected.size() || no_more || differs();
      },
      [this, expected] {
        const auto got = std::string_view(received_).substr(checked_, expected.size());
        expect_bytes("what " + name_ + " receives", expected, got);
        checked_ += expected.size();
        tell(name_ + " has received " + count_of(expected.size(), "byte") + ", the right ones");
      });
}

Client& Client::stops_reading() {
  return then("", always, [this] {
    tell(name_ + " stops reading");
    socket_->client_reads = false;
  });
}

Client& Client::reads_again() {
  return then("", always, [this] {
    tell(name_ + " reads again");
    socket_->client_reads = true;
  });
}

Client& Client::takes_once() {
  return then("", always, [this] {
    socket_->client_reads = true;
    kernel_.take_output(*this);
    socket_->client_reads = false;
  });
}

Client& Client::finishes() {
  return then("", always, [this] {
    tell(name_ + " has finished sending (FIN)");
    socket_->client_finished = true;
    socket_->edge();
  });
}

Client& Client::sees_end() {
  return then(
      "for the end of your program's stream (FIN)",
      [this] { return (socket_->finished && socket_->outgoing.empty()) || socket_->lost(); },
      [this] {
        const std::size_t more = received_.size() - checked_;
        expect_that(more == 0, name_ + " receives nothing more, and then the end",
                    count_of(more, "byte") +
                        " more: " + shown(std::string_view(received_).substr(checked_)));
        expect_that(!socket_->lost(), name_ + " sees the end of the stream (FIN)",
                    "a reset of the connection");
        tell(name_ + " sees the end of the stream (FIN)");
      });
}

Client& Client::sees_close() {
  return then(
      "until your program closes the connection", [this] { return socket_->closed; },
      [this] { tell(name_ + " sees that the connection is closed"); });
}

Client& Client::resets() {
  return then("", always, [this] {
    tell(name_ + " resets the connection");
    socket_->reset = true;
    socket_->pending_error = ECONNRESET;
    socket_->incoming.clear();
    socket_->outgoing.clear();
    socket_->edge();
  });
}

Client& Client::closes() {
  return then("", always, [this] {
    tell(name_ + " closes the connection");
    socket_->client_finished = true;
    socket_->client_closed = true;
    if (!socket_->outgoing.empty()) {  // unread: closing is a reset then
      socket_->reset = true;
      socket_->pending_error = EPIPE;
      socket_->outgoing.clear();
    }
    socket_->edge();
  });
}

Client& Client::waits(std::chrono::milliseconds time) {
  then("", always, [this, time] { awake_at_ = kernel_.now() + time; });
  return then(
      "for " + duration_text(time) + " to pass", [this] { return kernel_.now() >= awake_at_; },
      [this, time] {
        awake_at_ = std::chrono::nanoseconds(-1);
        tell(name_ + " has waited for " + duration_text(time));
      });
}

Client& Client::does(std::string sentence, std::function<void()> what) {
  return then("", always, [sentence = std::move(sentence), what = std::move(what)] {
    if (!sentence.empty()) tell(sentence);
    what();
  });
}

Client& Client::waits_until(const std::string& sentence, std::function<bool()> holds) {
  return then("until " + sentence, std::move(holds), [sentence] { tell(sentence); });
}

}  // namespace lab
