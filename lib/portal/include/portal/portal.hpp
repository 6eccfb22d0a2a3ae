// SPDX-License-Identifier: BSD-2-Clause
/*
 * Portals in C++: any callable of a frame and an id.
 *
 *     auto add = [](myelin::Frame &frame, seL4_Word id) {
 *         long a, b;
 *         if (frame >> a >> b)
 *             frame.answer() << a + b + static_cast<long>(id);
 *         else
 *             frame.answer(EINVAL);
 *     };
 *     myelin::ServedPortal<decltype(add)> portal(add);
 *     if (portal.create() != seL4_NoError) ...
 *
 * See portal/portal.h for what a portal is.
 */
#pragma once

#include <frame/frame.hpp>
#include <portal/portal.h>

namespace myelin
{

template <typename Function> class ServedPortal
{
  public:
    explicit ServedPortal(Function &function) : function_(function)
    {
    }
    ServedPortal(const ServedPortal &) = delete;
    ServedPortal &operator=(const ServedPortal &) = delete;

    /** portal_create_run(), portal_mint() and portal_destroy(), each once. */
    seL4_Error create()
    {
        return portal_create_run(&c_.portal, run);
    }
    seL4_Error mint(seL4_Word id, bool grant, seL4_CPtr &cap)
    {
        return portal_mint(&c_.portal, id, grant, &cap);
    }
    void destroy()
    {
        portal_destroy(&c_.portal);
    }

  private:
    // A portal first, so that run() finds the rest behind it.
    struct Both {
        struct portal portal;
        ServedPortal *self;
    };

    static void run(struct portal *portal)
    {
        reinterpret_cast<Both *>(portal)->self->serve();
    }

    void serve()
    {
        const Server server(c_.portal.object, c_.portal.reply);
        Frame frame;
        bool ends = false;

        if (server.first(frame, c_.portal.ready) != MSG_OK)
            return;
        for (;;) {
            if (!portal_is_end(frame.badge(), &ends))
                function_(frame, frame.badge());
            else
                frame.answer();
            if (ends) {
                struct msg nothing = {};
                (void)msg_reply(c_.portal.reply, &nothing);
                return;
            }
            (void)server.reply_receive(frame);
        }
    }

    Function &function_;
    Both c_{ {}, this };
};

} // namespace myelin
