# Puts fetched packages beside those of the sandbox image. Built without a network.
#
# They lie in a folder of their own that Python searches last, and that no .pth file within is read
# from: no package takes the place of one of the image's, and none runs before it is imported.
ARG IMAGE
ARG FETCHED

FROM $FETCHED AS fetched

FROM $IMAGE
USER 0:0
COPY --from=fetched /python /opt/own/python
COPY --from=fetched /node_modules /node_modules
RUN echo /opt/own/python > /usr/local/lib/python3.13/dist-packages/own-packages.pth \
    # What does not compile (a template, say) is left to fail where it is imported.
    && { python3 -I -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/own/python \
        || true; } \
    && find /opt/own /node_modules -perm /6000 -exec chmod a-s {} + \
    && find /opt/own /node_modules -perm /022 -not -type l -exec chmod go-w {} +
USER 10001:10001
