#ifndef POSTERN_RPC_ITEM_BLOCK_H_
#define POSTERN_RPC_ITEM_BLOCK_H_

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "postern/v1/egress.pb.h"

#include "core/dispatcher.h"
#include "core/item.h"
#include "core/settings.h"

namespace postern::rpc {

// The items of one request message, as the shards see them. Holds what the message itself does not:
// destinations and merged headers. Bodies, names and values stay views into the message, which must
// outlive the block.
class ItemBlock {
 public:
  using Items = google::protobuf::RepeatedPtrField<v1::Item>;

  // `defaults` may be null. `rpc_deadline` caps every item's deadline.
  ItemBlock(const Items& items, const v1::Item* defaults, const core::ItemLimits& limits,
            core::TimePoint now, core::TimePoint rpc_deadline);
  ItemBlock(const ItemBlock&) = delete;
  ItemBlock& operator=(const ItemBlock&) = delete;

  // Items that may run, linked in order; to be dispatched once.
  core::ItemQueue& ready() { return ready_; }
  // Items that are malformed, with their result set.
  core::ItemQueue& refused() { return refused_; }

  std::string_view IdOf(const core::Item& item) const;

 private:
  // Each returns what is wrong, beginning with the field's name; empty where nothing is.
  std::string Convert(const v1::Item& from, core::Item& to);
  std::string ConvertUrl(const v1::Item& from, core::Item& to);
  std::string ConvertHeaders(const v1::Item& from, core::Item& to);
  std::string ConvertTimeouts(const v1::Item& from, core::Item& to) const;
  std::string ConvertBodyPolicy(const v1::Item& from, core::Item& to) const;
  std::string CheckRetrySafety(const v1::Item& from, core::Item& to) const;
  std::string CheckUnsupported(const v1::Item& from) const;

  const core::Destination* Intern(core::Destination destination);

  const Items& source_;
  const v1::Item& defaults_;
  const core::ItemLimits& limits_;
  const core::TimePoint now_;
  const core::TimePoint rpc_deadline_;

  std::vector<core::Item> items_;
  core::ItemQueue ready_;
  core::ItemQueue refused_;
  std::unordered_map<core::Destination, const core::Destination*, core::DestinationHash>
      destinations_;
  std::deque<std::vector<core::HeaderView>> merged_headers_;
  std::optional<std::vector<core::HeaderView>> default_headers_;
};

}  // namespace postern::rpc

#endif  // POSTERN_RPC_ITEM_BLOCK_H_
