// Accepting for both servers.
#include <chrono>
#include <memory>
#include <utility>

#include "framed_server.hpp"
//@ solution
//@ starter
//@ wrong sleeps
//|
//| #include <thread>
//@ end

namespace lab {

//@ solution
using namespace std::chrono_literals;

namespace {

// The timer lives in its own handler: when the pause is over, or the io_context destroyed, it goes.
void accept_after_a_pause(tcp::acceptor& acceptor, OnClient on_client) {
  auto timer = std::make_shared<asio::steady_timer>(acceptor.get_executor(), 100ms);
  timer->async_wait([timer, &acceptor, on_client = std::move(on_client)](error_code) mutable {
    accept_clients(acceptor, std::move(on_client));
  });
}

}  // namespace

//@ starter
//@ wrong spins gives-up
//@ wrong sleeps
//| using namespace std::chrono_literals;
//|
//@ end
void accept_clients(tcp::acceptor& acceptor, OnClient on_client) {
  acceptor.async_accept(
      [&acceptor, on_client = std::move(on_client)](error_code error, tcp::socket socket) mutable {
        //@ solution
        if (!acceptor.is_open()) return;
        if (error) return accept_after_a_pause(acceptor, std::move(on_client));
        on_client(std::move(socket));
        //@ starter
        //| // TODO: what errors can accepting have, and what follows from each?
        //| if (error == asio::error::operation_aborted) return;
        //| if (!error) on_client(std::move(socket));
        //@ wrong spins
        //| if (error == asio::error::operation_aborted) return;
        //| if (!error) on_client(std::move(socket));
        //@ wrong gives-up
        //| if (error) return;
        //| on_client(std::move(socket));
        //@ wrong sleeps
        //| if (!acceptor.is_open()) return;
        //| if (error) std::this_thread::sleep_for(100ms);
        //| if (!error) on_client(std::move(socket));
        //@ wrong only-aborted-is-closed
        //| if (error == asio::error::operation_aborted) return;
        //| if (error) return accept_after_a_pause(acceptor, std::move(on_client));
        //| on_client(std::move(socket));
        //@ wrong closed-is-an-error
        //| if (error) return accept_after_a_pause(acceptor, std::move(on_client));
        //| on_client(std::move(socket));
        //@ end
        accept_clients(acceptor, std::move(on_client));
      });
}

}  // namespace lab
